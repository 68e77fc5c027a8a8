import { KeyedRandom } from '../../../base/random';
import { basis, type BasisName } from '../../../codecs/transforms/bases';
import { energies, keptSnr } from '../../../codecs/transforms/compaction';
import { analyse, complexOf, type ComplexVector } from '../../../codecs/transforms/complexMatrix';
import { goldenQuasiPeriodic, goldenTones } from '../../../codecs/transforms/signals';
import { fixed } from '../../format';
import { markdownTable, NONE, type Column } from '../tables';

const LENGTH = 256;
const SIGNALS = 40;
const NORMAL_STREAM = 0x6e6f;

const BASES = [
  'canonical',
  'golden-qr',
  'phase-fft',
  'dft',
  'dct',
  'hadamard',
  'random',
  'identity',
] as const;

/** A kind of signal, and what was recomputed of it elsewhere, in dB. */
interface Kind {
  title: string;
  signal(seed: number): ComplexVector;
  recomputed: Partial<Record<BasisName, number>>;
}

const db = (topEnergy: number) => -10 * Math.log10(1 - topEnergy);

const KINDS: readonly Kind[] = [
  {
    title: 'Complex, five golden tones',
    signal: (seed) => goldenTones(LENGTH, seed),
    recomputed: { dft: 22.3, 'phase-fft': 22.3, canonical: 26.9 },
  },
  {
    title: 'Real golden quasi-periodic',
    signal: (seed) => complexOf(goldenQuasiPeriodic(LENGTH, seed)),
    recomputed: { dct: db(0.965), dft: db(0.952), 'phase-fft': db(0.952), canonical: db(0.934) },
  },
  {
    title: 'Gaussian, as weights are',
    signal: (seed) => complexOf(gaussian(seed)),
    recomputed: {
      identity: db(0.431),
      dct: db(0.431),
      dft: db(0.323),
      'phase-fft': db(0.323),
      canonical: db(0.323),
      'golden-qr': db(0.323),
    },
  },
];

/**
 * Signal-to-noise ratio when a tenth of the coefficients is kept, for each basis and kind of signal: computed here, in float64, as
 * the mean over signals.
 */
export function signalsText(): string {
  const columns: Column<BasisName>[] = [
    ['Basis', (name) => name, 'left'],
    ...KINDS.flatMap((kind): Column<BasisName>[] => [
      [`${kind.title}: dB`, (name) => fixed(meanSnr(name, kind), 1)],
      ['recomputed elsewhere', (name) => recomputed(kind, name)],
    ]),
  ];
  return `## Synthetic signals: a tenth of ${LENGTH} coefficients kept, mean of ${SIGNALS} signals

Published: +15 to 20 dB for signals of the RFT’s own family. Complex tones at its own frequencies are the one kind where the canonical RFT
leads. A complex transform of real values spends its coefficients twice: on Gaussian weights nothing beats leaving them as they are.

${markdownTable(columns, BASES)}`;
}

function meanSnr(name: BasisName, { signal }: Kind): number {
  const q = basis(name, LENGTH);
  // Of energies, not of decibels: a signal that one basis hits exactly would decide the mean.
  const lost = Array.from(
    { length: SIGNALS },
    (_, seed) => 10 ** (-keptSnr(energies(analyse(q, signal(seed)))) / 10),
  );
  return -10 * Math.log10(lost.reduce((sum, share) => sum + share, 0) / SIGNALS);
}

function recomputed({ recomputed: figures }: Kind, name: BasisName): string {
  const figure = figures[name];
  return figure === undefined ? NONE : fixed(figure, 1);
}

function gaussian(seed: number): Float64Array {
  const random = new KeyedRandom(seed, NORMAL_STREAM);
  return Float64Array.from({ length: LENGTH }, () => random.nextNormal());
}
