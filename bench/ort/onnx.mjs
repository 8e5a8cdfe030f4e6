// SPDX-License-Identifier: GPL-3.0-or-later
// onnx.mjs — write ONNX models: the few lines of protobuf that its messages need
// (onnx/onnx.proto3: field numbers in the comments), and half floats as model files keep them.

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
export const bytes = (field, b) => Buffer.concat([varint((field << 3) | 2), varint(b.length), b]);
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
export const node = (type, inputs, outputs, attrs = []) =>
  Buffer.concat([
    ...inputs.map((s) => text(1, s)),
    ...outputs.map((s) => text(2, s)),
    text(4, type),
    ...attrs.map(([kind, name, value]) => bytes(5, attributes[kind](name, value))),
  ]);
// TensorProto: dims 1, data_type 2 (FLOAT 1, INT64 7), name 8, raw_data 9
export const tensor = (name, dims, values) =>
  Buffer.concat([
    ...dims.map((d) => int(1, d)),
    int(2, values instanceof BigInt64Array ? 7 : 1),
    text(8, name),
    bytes(9, Buffer.from(values.buffer, values.byteOffset, values.byteLength)),
  ]);
// ValueInfoProto: name 1, type 2 { tensor_type 1 { elem_type 1, shape 2 { dim 1 { value 1 | param 2 } } } }
export const value = (name, dims) => {
  const shape = Buffer.concat(
    dims.map((d) => bytes(1, typeof d === 'number' ? int(1, d) : text(2, d))),
  );
  return Buffer.concat([text(1, name), bytes(2, bytes(1, Buffer.concat([int(1, 1), bytes(2, shape)])))]);
};

// ModelProto: ir_version 1, graph 7, opset_import 8 { version 2 }
// GraphProto: node 1, name 2, initializer 5, input 11, output 12
export const modelOf = (nodes, constants, inputs, outputs) => {
  const graph = Buffer.concat([
    ...nodes,
    text(2, 'headway'),
    ...constants,
    ...inputs.map((v) => bytes(11, v)),
    ...outputs.map((v) => bytes(12, v)),
  ]);
  return Buffer.concat([int(1, 8), bytes(7, graph), bytes(8, int(2, 16))]);
};

export const half = (h) => {
  const sign = h & 0x8000 ? -1 : 1;
  const exponent = (h >> 10) & 31;
  const mantissa = h & 1023;
  return exponent ? sign * 2 ** (exponent - 15) * (1 + mantissa / 1024) : sign * mantissa * 2 ** -24;
};
