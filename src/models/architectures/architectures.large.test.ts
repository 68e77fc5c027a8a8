import { test } from 'vitest';
import { describeLarge } from '../../testing/large';
import { expectTensorsOfCheckpoint } from '../testing/checkpointTensors';

describeLarge('models/stories15M', (folder) => {
  test('the declared tensors are those of the checkpoint', () => expectTensorsOfCheckpoint(folder));
});
