// SPDX-License-Identifier: GPL-3.0-or-later
// nanodet_golden.mjs — what ONNX Runtime makes of the detector's network, for tests/vision/test_detector.c.
//
//   node nanodet_golden.mjs nanodet.json OUT.f32
// The TensorFlow.js graph becomes ONNX node by node, with all its transposes and paddings, so that
// the comparison checks how src/vision/nanodet_model.c folds them. The input is made up (`pattern`, the
// same in the test). OUT: every 11th value of the three outputs, little-endian float32, in the order
// of the file's splits; each output is [124][rows][columns].
import { readFileSync, writeFileSync } from 'node:fs';
import ort from 'onnxruntime-node';
import { bytes, half, modelOf, node, tensor, value } from './onnx.mjs';

const [file, output] = process.argv.slice(2);
if (!output) {
  console.error('usage: node nanodet_golden.mjs nanodet.json OUT.f32');
  process.exit(2);
}
const SIDE = 416;
const STEP = 11;

const model = JSON.parse(readFileSync(file));
const bin = readFileSync(file.replace(/\.json$/, '.bin'));
const weights = {};
let at = 0;
for (const w of model.weightsManifest[0].weights) {
  const n = w.shape.reduce((a, b) => a * b, 1);
  const type = w.quantization ? w.quantization.dtype : w.dtype;
  const values = Array.from({ length: n }, (_, i) =>
    type === 'float16' ? half(bin.readUInt16LE(at + 2 * i)) : type === 'int32' ? bin.readInt32LE(at + 4 * i) : bin.readFloatLE(at + 4 * i));
  at += n * (type === 'float16' ? 2 : 4);
  weights[w.name] = { shape: w.shape, values };
}

const nodes = [];
const constants = [];
const outputs = [];
const put = (type, inputs, out, attrs) => {
  nodes.push(bytes(1, node(type, inputs, [out], attrs)));
  return out;
};
const longs = (name, v) => (constants.push(bytes(5, tensor(name, [v.length], BigInt64Array.from(v.map(BigInt))))), name);
const floats = (name, shape, v) => (constants.push(bytes(5, tensor(name, shape, Float32Array.from(v)))), name);
const turned = (input, out, order) => put('Transpose', [input], out, [['ints', 'perm', order]]);
// Runs `make` on channels-first data between two transposes.
const channelsFirst = (n, make) => {
  const inner = make(turned(n.input[0], `${n.name}/first`, [0, 3, 1, 2]), `${n.name}/made`);
  turned(inner, n.name, [0, 2, 3, 1]);
};
const steps = (n) => n.attr.strides.list.i.map(Number).slice(1, 3);
const tail = new Set(); // what comes behind the splits
const kinds = {
  Placeholder: (n) => put('Identity', ['data'], n.name),
  Const: (n) => {
    const w = weights[n.name];
    if (w.shape.length > 0 && w.values.length > 0) floats(n.name, w.shape, w.values);
  },
  Transpose: (n) => turned(n.input[0], n.name, weights[n.input[1]].values),
  Pad: (n) => {
    const p = weights[n.input[1]].values;
    const inputs = [n.input[0], longs(`${n.name}/pads`, [0, 2, 4, 6, 1, 3, 5, 7].map((i) => p[i]))];
    if (n.input[2]) inputs.push(floats(`${n.name}/fill`, [], weights[n.input[2]].values));
    put('Pad', inputs, n.name);
  },
  Conv2D: (n) => {
    const { shape: [kh, kw, i, o], values } = weights[n.input[1]];
    const w = new Float32Array(values.length);
    values.forEach((v, k) => {
      const [c, tap] = [Math.floor(k / o) % i, Math.floor(k / o / i)];
      w[((k % o) * i + c) * kh * kw + tap] = v;
    });
    const name = floats(`${n.name}/w`, [o, i, kh, kw], w);
    channelsFirst(n, (x, out) => put('Conv', [x, name], out, [['ints', 'kernel_shape', [kh, kw]], ['ints', 'strides', steps(n)]]));
  },
  MaxPool: (n) => channelsFirst(n, (x, out) =>
    put('MaxPool', [x], out, [['ints', 'kernel_shape', n.attr.ksize.list.i.map(Number).slice(1, 3)], ['ints', 'strides', steps(n)]])),
  ResizeBilinear: (n) => channelsFirst(n, (x, out) => {
    const scale = weights[n.input[1]].values[0] > sizes[n.name] ? 2 : 0.5;
    return put('Resize', [x, '', floats(`${n.name}/s`, [4], [1, 1, scale, scale])], out, [
      ['s', 'mode', 'linear'], ['s', 'coordinate_transformation_mode', 'half_pixel']]);
  }),
  Add: (n) => put('Add', n.input, n.name),
  LeakyRelu: (n) => put('LeakyRelu', n.input, n.name, [['f', 'alpha', n.attr.alpha.f]]),
  ConcatV2: (n) => put('Concat', n.input.slice(0, -1), n.name, [['i', 'axis', weights[n.input.at(-1)].values[0]]]),
  SplitV: (n) => {
    outputs.push(n.input[0]);
    tail.add(n.name);
  },
};
// The sides that the resized tensors have before: the graph does not say them.
const resized = model.modelTopology.node.filter((n) => n.op === 'ResizeBilinear').map((n) => n.name);
const sizes = Object.fromEntries(resized.map((name, i) => [name, [13, 26, 52, 26][i]]));

for (const n of model.modelTopology.node) {
  const behind = (n.input ?? []).some((i) => tail.has(i.split(':')[0]));
  if (behind || n.op === 'SparseToDense' || n.op === 'AddV2') tail.add(n.name);
  else kinds[n.op === 'PadV2' ? 'Pad' : n.op](n);
}

const pattern = new Float32Array(3 * SIDE * SIDE);
for (let c = 0; c < 3; c++)
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) {
      const seed = (c * 32 + (y >> 4)) * 32 + (x >> 4);
      pattern[(c * SIDE + y) * SIDE + x] = ((((Math.imul(seed, 1664525) + 1013904223) >>> 0) >>> 16) - 32768) / 16384;
    }

const bytesOf = modelOf(nodes, constants, [value('data', [1, 3, SIDE, SIDE])],
  outputs.map((name) => value(name, [1, 124, 'h', 'w'])));
const session = await ort.InferenceSession.create(bytesOf, { executionProviders: ['cpu'], logSeverityLevel: 3 });
const result = await session.run({ data: new ort.Tensor('float32', pattern, [1, 3, SIDE, SIDE]) });
const all = outputs.flatMap((name) => Array.from(result[name].data));
writeFileSync(output, new Uint8Array(Float32Array.from(all.filter((_, i) => i % STEP === 0)).buffer));
console.log(JSON.stringify({ values: all.length, least: Math.min(...all.slice(0, 1e5)), most: Math.max(...all.slice(0, 1e5)) }));
