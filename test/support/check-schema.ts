/**
 * Holds a value against a JSON Schema: just the keywords that `bootconfig/schema/` uses. An unknown keyword throws, so that
 * a schema never promises more than is checked.
 */
import assert from 'node:assert/strict';

type Schema = Readonly<Record<string, unknown>>;

/** @returns what is wrong, one line each; empty: the value fits */
export function checkSchema(value: unknown, schema: Schema, at = '$'): string[] {
  return Object.entries(schema).flatMap(([keyword, operand]) => {
    const check = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
    assert.ok(check !== undefined, `the checker does not know the keyword '${keyword}'`);
    return check(value, operand, at, schema);
  });
}

type Check = (value: unknown, operand: unknown, at: string, schema: Schema) => string[];

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeOf(value) === 'object';
const none: Check = () => [];

const KEYWORDS: Readonly<Record<string, Check>> = {
  $schema: none,
  title: none,
  description: none,
  type: (value, operand, at) => {
    const allowed = [operand].flat();
    const type = typeOf(value);
    const fits = allowed.includes(type) || (type === 'integer' && allowed.includes('number'));
    return fits ? [] : [`${at} is ${type}, not ${allowed.join(' or ')}`];
  },
  enum: (value, operand, at) => ((operand as unknown[]).includes(value) ? [] : [`${at} is ${JSON.stringify(value)}`]),
  const: (value, operand, at) => (value === operand ? [] : [`${at} is ${JSON.stringify(value)}`]),
  pattern: (value, operand, at) =>
    typeof value !== 'string' || new RegExp(operand as string).test(value) ? [] : [`${at} is '${value}'`],
  minimum: (value, operand, at) =>
    typeof value !== 'number' || value >= (operand as number) ? [] : [`${at} is ${value}, too small`],
  required: (value, operand, at) =>
    isObject(value)
      ? (operand as string[]).filter((key) => !Object.hasOwn(value, key)).map((key) => `${at}.${key} is missing`)
      : [],
  properties: (value, operand, at) =>
    isObject(value)
      ? Object.entries(operand as Record<string, Schema>).flatMap(([key, schema]) =>
          Object.hasOwn(value, key) ? checkSchema(value[key], schema, `${at}.${key}`) : [],
        )
      : [],
  additionalProperties: (value, operand, at, schema) => {
    if (!isObject(value)) return [];
    const known = Object.keys((schema['properties'] as object | undefined) ?? {});
    const others = Object.keys(value).filter((key) => !known.includes(key));
    if (operand === false) return others.map((key) => `${at}.${key} is not in the schema`);
    return others.flatMap((key) => checkSchema(value[key], operand as Schema, `${at}.${key}`));
  },
  items: (value, operand, at) =>
    Array.isArray(value) ? value.flatMap((item, index) => checkSchema(item, operand as Schema, `${at}[${index}]`)) : [],
  anyOf: (value, operand, at) => {
    const tries = (operand as Schema[]).map((schema) => checkSchema(value, schema, at));
    return tries.some((problems) => problems.length === 0) ? [] : [`${at} fits none: ${tries.flat().join('; ')}`];
  },
};

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
