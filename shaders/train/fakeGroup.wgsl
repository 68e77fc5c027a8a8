// What the kernels of fake quantisation share: groups run along the rows of W [rows, columns] float32 row-major, the last of
// a row may be shorter; a group has a scale (a float16, as float32) and a cut (bits of the least magnitude coded ±1).
import package::common::float16::{floatToHalfBits, halfBitsToFloat};

/// Weights [x, y) of group `group`.
fn groupRange(group: u32, columns: u32, groupSize: u32, groupsPerRow: u32) -> vec2u {
  let row = group / groupsPerRow;
  let first = (group % groupsPerRow) * groupSize;
  return row * columns + vec2u(first, min(first + groupSize, columns));
}

/// The group of a weight.
fn groupOf(weight: u32, columns: u32, groupSize: u32, groupsPerRow: u32) -> u32 {
  return (weight / columns) * groupsPerRow + (weight % columns) / groupSize;
}

/// A scale as it is stored; one beyond float16 saturates, so that training can always be stored.
fn storedScale(scale: f32) -> f32 {
  return halfBitsToFloat(floatToHalfBits(min(scale, 65504.0)));
}

/// The cut of a scale that codes to nearest; a scale of zero codes everything zero.
fn nearestCut(scale: f32) -> u32 {
  return select(bitcast<u32>(0.5 * scale), 0x7f800000u, scale == 0.0);
}
