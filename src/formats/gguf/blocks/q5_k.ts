import { defineAffineSuperBlock } from '../affineSuperBlock';

export default defineAffineSuperBlock(
  { id: 13, name: 'Q5_K', bits: 5 },
  { first: -0.5, step: 0.1, steps: 15 },
);
