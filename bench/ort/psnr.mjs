// SPDX-License-Identifier: GPL-3.0-or-later
// psnr.mjs — PSNR in dB (peak 1) between two files of float32: node psnr.mjs A B
import { readFileSync } from 'node:fs';

const [a, b] = process.argv.slice(2).map((file) => {
  const raw = readFileSync(file);
  return new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
});
if (a.length !== b.length) throw new Error('files of different sizes');
let sum = 0;
for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
console.log((-10 * Math.log10(Math.max(sum / a.length, 1e-15))).toFixed(1));
