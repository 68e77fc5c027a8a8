import { toJsonSchema } from '@valibot/to-json-schema';
import { PLAN_PARAMETERS, type PlanParameter } from '../lab/plan/parameters';
import { MAX_PLANS } from '../lab/plan/text';
import { recordSchema } from '../lab/results/record';

const DRAFT = 'http://json-schema.org/draft-07/schema#';

type JsonSchema = Readonly<Record<string, unknown>>;

/** Returns the JSON Schema of a record. It cannot express that the bits of a block of images add up to its counts. */
export function recordJsonSchema(): JsonSchema {
  const { $schema, ...schema } = toJsonSchema(recordSchema, {
    target: 'draft-07',
    ignoreActions: ['finite', 'check'],
  });
  return {
    $schema,
    $id: 'urn:bitcurve:record:1',
    title: 'A record of Bitcurve, bitcurve.record/1',
    ...schema,
  };
}

/**
 * Returns the JSON Schema of a plan file: a plan, or a list of them. It knows keys, words and ranges; names of models, data, codecs and
 * tasks, and what fits which model, are left to the lab.
 */
export function planJsonSchema(): JsonSchema {
  const properties = Object.entries(PLAN_PARAMETERS).map(([key, parameter]) => [
    key,
    valueSchema(key, parameter as PlanParameter<unknown>),
  ]);
  const plan = {
    type: 'object',
    properties: Object.fromEntries(properties) as JsonSchema,
    additionalProperties: false,
  };
  return {
    $schema: DRAFT,
    $id: 'urn:bitcurve:plan',
    title: 'A plan file of Bitcurve',
    anyOf: [
      { $ref: '#/definitions/plan' },
      { type: 'array', minItems: 1, maxItems: MAX_PLANS, items: { $ref: '#/definitions/plan' } },
    ],
    definitions: { plan },
  };
}

function valueSchema(key: string, parameter: PlanParameter<unknown>): JsonSchema {
  const { help, fallback, values, range, value, repeatable } = parameter;
  const described = { description: `${help} (default: ${fallback})` };
  if (values) return { ...described, enum: key === 'verdict' ? [...values, true, false] : values };
  if (range) {
    const [minimum, maximum] = range;
    // Words beside the number, such as "all" in N|all.
    const words = value.split('|').slice(1);
    const text = { type: 'string', pattern: `^(${['[0-9]{1,15}', ...words].join('|')})$` };
    return { ...described, anyOf: [{ type: 'integer', minimum, maximum }, text] };
  }
  const text = { type: 'string', minLength: 1 };
  return {
    ...described,
    ...(repeatable ? { anyOf: [text, { type: 'array', items: { type: 'string' }, minItems: 1 }] } : text),
  };
}
