// SPDX-License-Identifier: GPL-3.0-or-later
// ncnn_to_onnx.mjs — the same weights for ONNX Runtime: an ncnn .param/.bin pair as an ONNX model.
//
// Written apart from src/vision/ncnn_model.c on purpose, so that the comparison of the two outputs
// checks the reading of the files as well. The protobuf writer is the few lines that
// ONNX's messages need (onnx/onnx.proto3: field numbers in the comments).
import { readFileSync } from 'node:fs';

// -- protobuf
const varint = (n) => {
  const bytes = [];
  let v = BigInt.asUintN(64, BigInt(n));
  do {
    bytes.push(Number(v & 127n) | (v > 127n ? 128 : 0));
    v >>= 7n;
  } while (v);
  return Buffer.from(bytes);
};
const int = (field, n) => Buffer.concat([varint(field << 3), varint(n)]);
const bytes = (field, b) => Buffer.concat([varint((field << 3) | 2), varint(b.length), b]);
const text = (field, s) => bytes(field, Buffer.from(s));
const float = (field, f) => {
  const b = Buffer.alloc(4);
  b.writeFloatLE(f);
  return Buffer.concat([varint((field << 3) | 5), b]);
};

// AttributeProto: name 1, f 2, i 3, s 4, ints 8, type 20 (FLOAT 1, INT 2, STRING 3, INTS 7)
const attributes = {
  i: (name, v) => Buffer.concat([text(1, name), int(3, v), int(20, 2)]),
  f: (name, v) => Buffer.concat([text(1, name), float(2, v), int(20, 1)]),
  s: (name, v) => Buffer.concat([text(1, name), text(4, v), int(20, 3)]),
  ints: (name, v) => Buffer.concat([text(1, name), ...v.map((n) => int(8, n)), int(20, 7)]),
};
// NodeProto: input 1, output 2, op_type 4, attribute 5
const node = (type, inputs, outputs, attrs = []) =>
  Buffer.concat([
    ...inputs.map((s) => text(1, s)),
    ...outputs.map((s) => text(2, s)),
    text(4, type),
    ...attrs.map(([kind, name, value]) => bytes(5, attributes[kind](name, value))),
  ]);
// TensorProto: dims 1, data_type 2 (FLOAT 1), name 8, raw_data 9
const tensor = (name, dims, values) =>
  Buffer.concat([
    ...dims.map((d) => int(1, d)),
    int(2, 1),
    text(8, name),
    bytes(9, Buffer.from(values.buffer, values.byteOffset, values.byteLength)),
  ]);
// ValueInfoProto: name 1, type 2 { tensor_type 1 { elem_type 1, shape 2 { dim 1 { value 1 | param 2 } } } }
const value = (name, dims) => {
  const shape = Buffer.concat(
    dims.map((d) => bytes(1, typeof d === 'number' ? int(1, d) : text(2, d))),
  );
  return Buffer.concat([text(1, name), bytes(2, bytes(1, Buffer.concat([int(1, 1), bytes(2, shape)])))]);
};

// -- ncnn
const half = (h) => {
  const sign = h & 0x8000 ? -1 : 1;
  const exponent = (h >> 10) & 31;
  const mantissa = h & 1023;
  return exponent ? sign * 2 ** (exponent - 15) * (1 + mantissa / 1024) : sign * mantissa * 2 ** -24;
};

const reader = (file) => {
  const data = readFileSync(file);
  let at = 0;
  const floats = (n) => {
    const out = new Float32Array(n);
    for (let i = 0; i < n; i++, at += 4) out[i] = data.readFloatLE(at);
    return out;
  };
  const weights = (n) => {
    const flag = data.readUInt32LE(at);
    at += 4;
    if (flag === 0) return floats(n);
    if (flag !== 0x01306b47) throw new Error(`unknown weights flag ${flag}`);
    const out = new Float32Array(n);
    for (let i = 0; i < n; i++) out[i] = half(data.readUInt16LE(at + 2 * i));
    at += Math.ceil((2 * n) / 4) * 4;
    return out;
  };
  return { floats, weights, done: () => at === data.length };
};

const pairs = (words) => {
  const p = {};
  for (const w of words) {
    const [id, v] = w.split('=');
    p[id] = v.split(',').map(Number);
  }
  return p;
};

// What each layer becomes. `g` collects nodes and constants; `channels` maps blobs to channels.
const layers = {
  Split: (g, l) => l.outputs.forEach((o) => g.put('Identity', l.inputs, o, g.channels[l.inputs[0]])),
  Convolution: (g, l) => {
    const [n, k] = [l.p[0][0], l.p[1][0]];
    const inputs = g.channels[l.inputs[0]];
    const w = g.constant(`${l.name}.w`, [n, inputs, k, k], g.weights(n * inputs * k * k));
    const b = g.constant(`${l.name}.b`, [n], g.floats(n));
    const pad = l.p[4][0];
    const activation = l.p[9] ? l.p[9][0] : 0;
    const out = activation ? `${l.name}.linear` : l.outputs[0];
    g.put('Conv', [l.inputs[0], w, b], out, n, [
      ['ints', 'kernel_shape', [k, k]],
      ['ints', 'pads', [pad, pad, pad, pad]],
    ]);
    if (activation) g.put('LeakyRelu', [out], l.outputs[0], n, [['f', 'alpha', l.p['-23310'][1]]]);
  },
  PReLU: (g, l) => {
    const n = g.channels[l.inputs[0]];
    const slopes = g.constant(`${l.name}.a`, [n, 1, 1], g.floats(n));
    g.put('PRelu', [l.inputs[0], slopes], l.outputs[0], n);
  },
  PixelShuffle: (g, l) => {
    const f = l.p[0][0];
    g.put('DepthToSpace', l.inputs, l.outputs[0], g.channels[l.inputs[0]] / (f * f), [
      ['i', 'blocksize', f],
      ['s', 'mode', 'CRD'],
    ]);
  },
  Interp: (g, l) => {
    const cubic = l.p[0][0] === 3;
    const scales = g.constant(`${l.name}.s`, [4], Float32Array.of(1, 1, l.p[1][0], l.p[2][0]));
    g.put('Resize', [l.inputs[0], '', scales], l.outputs[0], g.channels[l.inputs[0]], cubic
      ? [['s', 'mode', 'cubic'], ['f', 'cubic_coeff_a', -0.75]]
      : [['s', 'mode', 'nearest'], ['s', 'coordinate_transformation_mode', 'asymmetric'], ['s', 'nearest_mode', 'floor']]);
  },
  BinaryOp: (g, l) => g.put('Add', l.inputs, l.outputs[0], g.channels[l.inputs[0]]),
  Eltwise: (g, l) => {
    const n = g.channels[l.inputs[0]];
    const c = l.p['-23301'].slice(1);
    const scaled = l.inputs.map((input, i) => {
      const k = g.constant(`${l.name}.${i}`, [1], Float32Array.of(c[i]));
      return g.put('Mul', [input, k], `${l.name}.m${i}`, n);
    });
    g.put('Add', scaled, l.outputs[0], n);
  },
  Concat: (g, l) =>
    g.put('Concat', l.inputs, l.outputs[0], l.inputs.reduce((n, b) => n + g.channels[b], 0), [['i', 'axis', 1]]),
};

// The ONNX model's bytes. Its input is "data" [1,3,h,w], its output "output".
export function onnxOf(paramFile) {
  const bin = reader(paramFile.replace(/\.param$/, '.bin'));
  const nodes = [];
  const constants = [];
  const g = {
    channels: {},
    ...bin,
    put(type, inputs, output, channels, attrs) {
      nodes.push(bytes(1, node(type, inputs, [output], attrs)));
      g.channels[output] = channels;
      return output;
    },
    constant(name, dims, values) {
      constants.push(bytes(5, tensor(name, dims, values)));
      return name;
    },
  };
  const lines = readFileSync(paramFile, 'utf8').trim().split('\n').slice(2);
  for (const line of lines) {
    const [type, name, n, m, ...rest] = line.trim().split(/\s+/);
    const l = {
      name,
      inputs: rest.slice(0, +n),
      outputs: rest.slice(+n, +n + +m),
      p: pairs(rest.slice(+n + +m)),
    };
    if (type === 'Input') g.channels[l.outputs[0]] = 3;
    else layers[type](g, l);
  }
  if (!bin.done()) throw new Error(`${paramFile}: weights left over`);
  // GraphProto: node 1, name 2, initializer 5, input 11, output 12
  const graph = Buffer.concat([
    ...nodes,
    text(2, 'headway'),
    ...constants,
    bytes(11, value('data', [1, 3, 'h', 'w'])),
    bytes(12, value('output', [1, 3, 'H', 'W'])),
  ]);
  // ModelProto: ir_version 1, graph 7, opset_import 8 { version 2 }
  return Buffer.concat([int(1, 8), bytes(7, graph), bytes(8, int(2, 16))]);
}
