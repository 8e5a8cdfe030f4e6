// SPDX-License-Identifier: GPL-3.0-or-later
// ncnn_to_onnx.mjs — the same weights for ONNX Runtime: an ncnn .param/.bin pair as an ONNX model.
//
// Written apart from src/vision/ncnn_model.c on purpose, so that the comparison of the two outputs
// checks the reading of the files as well.
import { readFileSync } from 'node:fs';
import { bytes, half, modelOf, node, tensor, value } from './onnx.mjs';

// -- ncnn
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
  return modelOf(nodes, constants, [value('data', [1, 3, 'h', 'w'])], [value('output', [1, 3, 'H', 'W'])]);
}
