/** The lessons in their order, by the names that addresses use. */
export const LESSON_IDS = [
  'four-bits',
  'two-bits',
  'outliers',
  'groups',
  'calibration',
  'entropy',
  'ternary',
  'comparison',
] as const;

export type LessonId = (typeof LESSON_IDS)[number];
