import type { Lesson } from './lesson';
import type { LessonId } from './lessonIds';
import { calibration } from './lessons/calibration';
import { honestComparison } from './lessons/comparison';
import { entropyCoding } from './lessons/entropyCoding';
import { fourBits } from './lessons/fourBits';
import { groups } from './lessons/groups';
import { outliers } from './lessons/outliers';
import { ternaryTraining } from './lessons/ternary';
import { twoBits } from './lessons/twoBits';

/** The lessons by the names that addresses use. */
export const LESSONS: Readonly<Record<LessonId, Lesson>> = {
  'four-bits': fourBits,
  'two-bits': twoBits,
  outliers,
  groups,
  calibration,
  entropy: entropyCoding,
  ternary: ternaryTraining,
  comparison: honestComparison,
};
