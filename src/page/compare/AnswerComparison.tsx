import { fixed } from '../../base/format';
import type { ChangedAnswer, ComparedAnswers, RankedClass } from '../../lab/inspect/answers';
import { useStore } from 'zustand';
import { usePage } from '../app/usePage';

/** The most pictures that are drawn. */
const MAX_SHOWN = 60;

/** Shows the images that both codecs answer differently, each with the three likeliest classes of both. */
export function AnswerComparison() {
  const answers = useStore(usePage().inspection, (s) => s.answers);
  if (!answers) return null;
  const { codecs, found } = answers;
  const { images, changed, correct } = found;
  return (
    <>
      <p role="status">
        {changed.length} of {images} answers differ. Right are {correct[0]} with <code>{codecs[0]}</code> and{' '}
        {correct[1]} with <code>{codecs[1]}</code>.
        {changed.length > MAX_SHOWN && ` The first ${MAX_SHOWN} are shown.`}
      </p>
      <ul className="answers">
        {changed.slice(0, MAX_SHOWN).map((answer) => (
          <Picture key={answer.image} answer={answer} codecs={codecs} found={found} />
        ))}
      </ul>
    </>
  );
}

interface PictureProps {
  answer: ChangedAnswer;
  codecs: readonly string[];
  found: ComparedAnswers;
}

function Picture({ answer, codecs, found }: PictureProps) {
  const { image, label, labelName, top } = answer;
  return (
    <li>
      <canvas
        role="img"
        aria-label={`Image ${image + 1}, ${labelName}`}
        width={found.size}
        height={found.size}
        ref={(canvas) => draw(canvas, answer.pixels, found)}
      />
      <div>
        <strong>{labelName}</strong> <span className="soft">image {image + 1}</span>
        {top.map((ranked, side) => (
          <Ranking key={side} codec={codecs[side]} ranked={ranked} label={label} />
        ))}
      </div>
    </li>
  );
}

function Ranking({ codec, ranked, label }: { codec: string; ranked: readonly RankedClass[]; label: number }) {
  return (
    <>
      <code className="answer-codec">{codec}</code>
      <ol>
        {ranked.map(({ index, name, probability }) => (
          <li key={index} className={index === label ? 'right-answer' : undefined}>
            {name} {fixed(100 * probability, 0)} %{index === label && ' ✓'}
          </li>
        ))}
      </ol>
    </>
  );
}

/** Draws pixels [channels, size, size] of 0 … 255, grey or in colour. */
function draw(
  canvas: HTMLCanvasElement | null,
  pixels: Uint8Array,
  { size, channels }: ComparedAnswers,
): void {
  const context = canvas?.getContext('2d');
  if (!context) return;
  const picture = context.createImageData(size, size);
  const area = size * size;
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) picture.data[4 * i + c] = pixels[(c % channels) * area + i];
    picture.data[4 * i + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
}
