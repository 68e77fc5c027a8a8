// Decodes blocks of llama.cpp: out[firstElement + i] = d · scale · code − dmin · minimum for weight i of `count`, rounded after every
// operation as in ggml-quants.c. blocks: bytes, of which the first block begins at `firstByte`. One thread per weight.
import package::common::float16::halfBitsToFloat;
import package::common::float32::rounded;
import package::common::grid::linearInvocation;
import package::codecs::kit::ggufBlocks::fields::{BLOCK, BYTES, GROUP, D_AT, MIN_AT, LOW_BITS, HIGH_BITS, ZERO, SCALES, SCALES_AT, LEVELS};
import package::codecs::kit::ggufBlocks::fields::{LEVEL, lowPlace, highPlace};

struct Params { count: u32, firstByte: u32, firstElement: u32, unchanged: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> blocks: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let block = params.firstByte + (i / BLOCK) * BYTES;
  let scales = scalesOf(block, (i % BLOCK) / GROUP);
  let step = exactly(halfAt(block + D_AT) * f32(scales.x));
  var value = exactly(step * valueOf(block, i % BLOCK));
  if (MIN_AT != D_AT) { value -= exactly(halfAt(block + MIN_AT) * f32(scales.y)); }
  out[params.firstElement + i] = value;
}

fn exactly(value: f32) -> f32 {
  return rounded(value, params.unchanged);
}

fn byteAt(at: u32) -> u32 {
  return (blocks[at / 4u] >> (8u * (at % 4u))) & 255u;
}

fn halfAt(at: u32) -> f32 {
  return halfBitsToFloat(byteAt(at) | (byteAt(at + 1u) << 8u));
}

/// The integer or level that the code of value i stands for.
fn valueOf(block: u32, i: u32) -> f32 {
  let low = lowPlace(i);
  var code = (byteAt(block + low.x) >> low.y) & ((1u << LOW_BITS) - 1u);
  if (HIGH_BITS > 0u) {
    let high = highPlace(i);
    code |= ((byteAt(block + high.x) >> high.y) & ((1u << HIGH_BITS) - 1u)) << LOW_BITS;
  }
  if (LEVELS == 1u) { return LEVEL[code]; }
  // Codes of eight bits are stored as signed bytes.
  if (LOW_BITS == 8u) { code ^= 128u; }
  return f32(i32(code) - i32(ZERO));
}

/// Scale and minimum of a group as integers. Blocks of one group have the scale 1, and their minimum is added.
fn scalesOf(block: u32, g: u32) -> vec2i {
  let at = block + SCALES_AT;
  switch SCALES {
    case 1u: {
      let byte = byteAt(at + g);
      return vec2i(vec2u(byte & 15u, byte >> 4u));
    }
    case 2u: {
      let low = vec2u(byteAt(at + (g & 3u)), byteAt(at + 4u + (g & 3u)));
      if (g < 4u) { return vec2i(low & vec2u(63u)); }
      let mixed = byteAt(at + 8u + (g & 3u));
      return vec2i(vec2u(mixed & 15u, mixed >> 4u) | ((low >> vec2u(6u)) << vec2u(4u)));
    }
    case 3u: {
      let low = (byteAt(at + (g & 7u)) >> select(0u, 4u, g >= 8u)) & 15u;
      let high = (byteAt(at + 8u + (g & 3u)) >> (2u * (g >> 2u))) & 3u;
      return vec2i(i32(low | (high << 4u)) - 32, 0);
    }
    case 4u: {
      return vec2i(i32(byteAt(at + g) << 24u) >> 24u, 0);
    }
    case 5u: {
      let low = (byteAt(at + 2u + (g >> 1u)) >> (4u * (g & 1u))) & 15u;
      let high = ((byteAt(at) | (byteAt(at + 1u) << 8u)) >> (2u * g)) & 3u;
      return vec2i(i32(low | (high << 4u)) - 32, 0);
    }
    default: {
      return vec2i(1, -1);
    }
  }
}
