// SPDX-License-Identifier: GPL-3.0-or-later
// run.mjs — the upscaler's peer: ONNX Runtime on the same weights, frame and thread count.
//
//   node run.mjs FILE.param THREADS WIDTHxHEIGHT ROUNDS IN OUT
// IN, OUT and the line printed are those of bench/upscaler.c. x2 and x3 models end in a bicubic.
import { readFileSync, writeFileSync } from 'node:fs';
import ort from 'onnxruntime-node';
import { onnxOf } from './ncnn_to_onnx.mjs';

const [param, threads, size, rounds, input, output] = process.argv.slice(2);
if (!output) {
  console.error('usage: node run.mjs FILE.param THREADS WxH ROUNDS IN OUT');
  process.exit(2);
}
const [w, h] = size.split('x').map(Number);
const raw = readFileSync(input);
if (raw.length !== 12 * w * h) throw new Error(`${input}: not a frame of ${size}`);
const pixels = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));

const session = await ort.InferenceSession.create(onnxOf(param), {
  executionProviders: ['cpu'],
  intraOpNumThreads: +threads,
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
});
const feeds = { data: new ort.Tensor('float32', pixels, [1, 3, h, w]) };
const ms = [];
let result;
for (let i = -1; i < +rounds; i++) {
  const start = performance.now();
  result = (await session.run(feeds)).output.data;
  if (i >= 0) ms.push(performance.now() - start);
}
if (output !== '-') writeFileSync(output, new Uint8Array(result.buffer, result.byteOffset, result.byteLength));
ms.sort((a, b) => a - b);
const median = ms[ms.length >> 1];
console.log(JSON.stringify({
  median_ms: +median.toFixed(2),
  least_ms: +ms[0].toFixed(2),
  ms_per_mpx: +(median / (w * h / 1e6)).toFixed(1),
  device: `onnxruntime-${ort.env.versions.node ?? ''}-${threads}`,
}));
