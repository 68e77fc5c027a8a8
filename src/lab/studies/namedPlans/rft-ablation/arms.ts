/** One arm of the ablation: a codec, its published figure, and its error on independent Gaussian weights. */
export interface Arm {
  name: string;
  codec: string;
  /** The figure of QuantoniumOS (https://github.com/mandcony/quantoniumos), on another model. */
  published?: string;
  /** ‖W−Ŵ‖÷‖W‖ on Gaussian weights, recomputed in NumPy from the definition. */
  gaussian?: number;
  note?: string;
  /** The same codec with the identity as its basis, for a verdict on each tensor. */
  control?: string;
}

export interface Group {
  title: string;
  arms: readonly Arm[];
}

const hybrid = (rest: string) => `rft-hybrid(amplitude=6,phase=5${rest})`;
const vertex = (amplitude: number, phase: number, rest = '') =>
  `rft-vertex(mode=lossy,amplitude=${amplitude},phase=${phase}${rest})`;

const AS_PUBLISHED: readonly Arm[] = [
  {
    name: 'full',
    codec: hybrid(''),
    published: '21.9:1, 5.1 % error, perplexity 34.2 → 35.6 (+4.1 %; tiny-gpt2)',
    gaussian: 0.0502,
    note: '11 bits for each complex coefficient in name, 64 as stored, 85 in base64; the tiny-gpt2 of the claim has 0.1 M parameters, so 0.42 MB is its float32 size',
  },
  { name: 'residual off', codec: hybrid(',residual=none') },
  {
    name: 'true residual, 2 bits',
    codec: hybrid(',residual=true'),
    note: 'what the name suggests: the difference itself is stored',
  },
  { name: 'quantisation off', codec: hybrid(',quantisation=false') },
];

const BASES = [
  ['phase-fft', 'the transform of the published codecs: moduli are those of the DFT'],
  ['canonical', 'canonical RFT'],
  ['golden-qr', 'numerically rank deficient: its last columns are rounding'],
  ['identity', 'transform off'],
  ['dft', 'control'],
  ['dct', 'control, DCT-II: of a real basis the phase code holds a sign'],
  ['hadamard', 'control'],
  ['random', 'control, random orthogonal'],
] as const;

const EXCHANGED: readonly Arm[] = BASES.map(([basis, note]) => ({
  name: basis,
  codec: `rft-hybrid(transform=${basis},chunk=256,prune=0,amplitude=6,phase=5,storage=packed)`,
  note,
}));

const VERTEX: readonly Arm[] = [
  { name: '6 + 5 bits', codec: vertex(6, 5), gaussian: 0.0414 },
  { name: '8 + 8 bits', codec: vertex(8, 8), gaussian: 0.0058 },
  { name: 'canonical RFT', codec: vertex(6, 5, ',transform=canonical,chunk=256') },
  { name: 'golden-QR RFT', codec: vertex(6, 5, ',transform=golden-qr,chunk=256') },
  { name: 'rANS', codec: vertex(6, 5, ',entropy=rans') },
  {
    name: 'rANS as published',
    codec: vertex(6, 5, ',entropy=rans,ans=bytes'),
    note: 'the published decoder reads bytes where the encoder wrote 16-bit words: garbage comes back',
  },
  {
    name: 'lossless',
    codec: 'rft-vertex(mode=lossless)',
    published: 'its own tiny-gpt2 files are 29,064,318 bytes for 2,920,309 (9.95 times larger)',
  },
];

const PERCENTILE: readonly Arm[] = (
  [
    [90, 0.824],
    [95, 0.899],
    [99, 0.973],
  ] as const
).map(([percentile, gaussian]) => ({
  name: `${percentile} % dropped`,
  codec: `rft-percentile(percentile=${percentile})`,
  gaussian,
}));

const real = (basis: string) => `transform(basis=${basis},bits=4)`;
const REAL_BASES = ['dct', 'hadamard', 'rft', 'dft', 'random'];
const coded = (basis: string) => `rans(${real(basis)})`;
const CORRECTED: readonly Arm[] = [
  { name: 'identity', codec: real('identity') },
  ...REAL_BASES.map((basis) => ({ name: basis, codec: real(basis), control: real('identity') })),
  { name: 'identity, rANS', codec: coded('identity') },
  ...REAL_BASES.map((basis) => ({
    name: `${basis}, rANS`,
    codec: coded(basis),
    control: coded('identity'),
  })),
];

const plain = (bits: number, gaussian: number): Arm => ({
  name: `INT${bits}`,
  codec: `rtn(bits=${bits},group=32,scheme=asymmetric)`,
  gaussian,
});

export const GROUPS: readonly Group[] = [
  { title: 'Hybrid codec as published: whole tensors, JSON', arms: AS_PUBLISHED },
  {
    title: 'Its transform exchanged, all else equal: blocks of 256, packed, nothing pruned, the same bytes',
    arms: EXCHANGED,
  },
  { title: 'Vertex codec', arms: VERTEX },
  { title: 'Percentile codec', arms: PERCENTILE },
  { title: 'Corrected: real transforms of 64, 4 bits, the same bytes; and entropy-coded', arms: CORRECTED },
  { title: 'Plain rounding', arms: [plain(4, 0.076), plain(6, 0.018), plain(8, 0.0045)] },
];
