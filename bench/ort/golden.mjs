// SPDX-License-Identifier: GPL-3.0-or-later
// golden.mjs — writes tests/vision/golden/: ONNX Runtime's results that the unit tests compare with.
//
//   node golden.mjs MODELS_DIR FRAME GOLDEN_DIR
// FRAME: 3 × 32 × 32 bytes, planar RGB. Results: 3 × 128 × 128 u16, little endian, from −0.25 (0)
// to 1.25 (65535): a rounding error of 103 dB PSNR.
import { readFileSync, writeFileSync } from 'node:fs';
import ort from 'onnxruntime-node';
import { onnxOf } from './ncnn_to_onnx.mjs';

const [models, frame, golden] = process.argv.slice(2);
const input = Float32Array.from(readFileSync(frame), (v) => v / 255);
writeFileSync(`${golden}/input.u8`, readFileSync(frame));
for (const [name, file] of [['x4fast', 'realesrgan-x4fast'], ['animevideov3', 'realesr-animevideov3-x4']]) {
  const session = await ort.InferenceSession.create(onnxOf(`${models}/${file}.param`), { logSeverityLevel: 3 });
  const { output } = await session.run({ data: new ort.Tensor('float32', input, [1, 3, 32, 32]) });
  const words = Uint16Array.from(output.data, (v) => Math.round(((v + 0.25) / 1.5) * 65535));
  writeFileSync(`${golden}/${name}.u16`, new Uint8Array(words.buffer));
}
