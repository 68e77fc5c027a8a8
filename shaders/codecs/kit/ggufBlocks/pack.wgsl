// Packs blocks of llama.cpp, one thread per word of their bytes: codes [count] unsigned, heads [blocks, 2] the bits of the float16 scale
// and minimum, scales [groups, 2] the unsigned codes of the groups' scales and minima.
import package::common::grid::linearInvocation;
import package::codecs::kit::ggufBlocks::encodeSource::params;
import package::codecs::kit::ggufBlocks::fields::{BLOCK, BYTES, D_AT, MIN_AT, LOW_AT, LOW_BITS, LOW_RUN};
import package::codecs::kit::ggufBlocks::fields::{HIGH_AT, HIGH_BITS, HIGH_RUN, SCALES, SCALES_AT};

@group(0) @binding(1) var<storage, read> codes: array<u32>;
@group(0) @binding(2) var<storage, read> heads: array<u32>;
@group(0) @binding(3) var<storage, read> scales: array<u32>;
@group(0) @binding(4) var<storage, read_write> blocks: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let word = linearInvocation(group, groups, local, 64u);
  let bytes = (params.count / BLOCK) * BYTES;
  if (4u * word >= bytes) { return; }
  var packed = 0u;
  for (var at = 4u * word; at < min(4u * word + 4u, bytes); at++) {
    packed |= (byteOf(at / BYTES, at % BYTES) & 255u) << (8u * (at % 4u));
  }
  blocks[word] = packed;
}

fn byteOf(block: u32, at: u32) -> u32 {
  if (at >= LOW_AT && at < LOW_AT + BLOCK * LOW_BITS / 8u) { return lowByte(block, at - LOW_AT); }
  if (at >= HIGH_AT && at < HIGH_AT + BLOCK * HIGH_BITS / 8u) { return highByte(block, at - HIGH_AT); }
  if (at >= D_AT && at < D_AT + 2u) { return heads[2u * block] >> (8u * (at - D_AT)); }
  if (MIN_AT != D_AT && at >= MIN_AT && at < MIN_AT + 2u) { return heads[2u * block + 1u] >> (8u * (at - MIN_AT)); }
  return scaleByte(block * (BLOCK / params.group), at - SCALES_AT);
}

fn lowByte(block: u32, at: u32) -> u32 {
  let bytes = LOW_RUN * LOW_BITS / 8u;
  let first = block * BLOCK + (at / bytes) * LOW_RUN + at % bytes;
  // Codes of eight bits are stored as signed bytes.
  if (LOW_BITS == 8u) { return codes[first] ^ 128u; }
  var byte = 0u;
  for (var k = 0u; k < 8u / LOW_BITS; k++) {
    byte |= (codes[first + k * bytes] & ((1u << LOW_BITS) - 1u)) << (LOW_BITS * k);
  }
  return byte;
}

fn highByte(block: u32, at: u32) -> u32 {
  // Without high bits this is not reached, but must not divide by 0 where it is compiled.
  let bits = max(HIGH_BITS, 1u);
  let bytes = HIGH_RUN * bits / 8u;
  let first = block * BLOCK + (at / bytes) * HIGH_RUN + at % bytes;
  var byte = 0u;
  for (var k = 0u; k < 8u / bits; k++) { byte |= (codes[first + k * bytes] >> LOW_BITS) << (bits * k); }
  return byte;
}

fn scaleOf(group: u32) -> u32 {
  return scales[2u * group];
}

fn minimumOf(group: u32) -> u32 {
  return scales[2u * group + 1u];
}

/// Byte `at` of the packed scales of the groups from `first` on.
fn scaleByte(first: u32, at: u32) -> u32 {
  switch SCALES {
    case 1u: { return scaleOf(first + at) | (minimumOf(first + at) << 4u); }
    case 2u: {
      if (at < 4u) { return scaleOf(first + at) | ((scaleOf(first + at + 4u) >> 4u) << 6u); }
      if (at < 8u) { return minimumOf(first + at - 4u) | ((minimumOf(first + at) >> 4u) << 6u); }
      return (scaleOf(first + at - 4u) & 15u) | ((minimumOf(first + at - 4u) & 15u) << 4u);
    }
    case 3u: {
      if (at < 8u) { return (scaleOf(first + at) & 15u) | ((scaleOf(first + at + 8u) & 15u) << 4u); }
      return highPairs(first + at - 8u, 4u);
    }
    case 4u: { return scaleOf(first + at); }
    case 5u: {
      if (at < 2u) { return highPairs(first + 4u * at, 1u); }
      return (scaleOf(first + 2u * (at - 2u)) & 15u) | ((scaleOf(first + 2u * (at - 2u) + 1u) & 15u) << 4u);
    }
    default: { return 0u; }
  }
}

/// The high two bits of four scales of six bits, `stride` groups apart.
fn highPairs(first: u32, stride: u32) -> u32 {
  var byte = 0u;
  for (var k = 0u; k < 4u; k++) { byte |= (scaleOf(first + k * stride) >> 4u) << (2u * k); }
  return byte;
}
