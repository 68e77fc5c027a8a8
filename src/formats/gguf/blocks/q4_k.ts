import { defineAffineSuperBlock } from '../affineSuperBlock';

export default defineAffineSuperBlock({ id: 12, name: 'Q4_K', bits: 4 }, { first: -1, step: 0.1, steps: 20 });
