/** Checks bodies against schemas of an OpenAPI document, and makes examples from them. */

import type { OpenApiDocument } from 'shared/http/openapi.ts';
import { z } from 'zod';

export type Schema = z.core.JSONSchema.JSONSchema;

/** The faults of a value; empty when it matches the schema. */
export function faultsOf(value: unknown, schema: Schema, { components }: OpenApiDocument): string[] {
  // The converter resolves references only within one schema.
  const own = JSON.stringify({ ...schema, $defs: components.schemas });
  const checked = z
    .fromJSONSchema(JSON.parse(own.replaceAll('"#/components/schemas/', '"#/$defs/')))
    .safeParse(value);
  return checked.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

/** A value that the schema allows: its first example, or one made from its parts. */
export function exampleOf(schema: Schema, document: OpenApiDocument, which: 'least' | 'most'): unknown {
  const { $ref, examples, enum: values, properties, required = [], type, anyOf } = schema;
  if ($ref !== undefined) {
    const name = $ref.replace('#/components/schemas/', '');
    return exampleOf(document.components.schemas[name] as Schema, document, which);
  }
  if (Array.isArray(examples)) return examples[0];
  if (values !== undefined) return values[0];
  if (schema.default !== undefined) return schema.default;
  if (properties !== undefined) {
    const chosen = Object.entries(properties).filter(([name]) => which === 'most' || required.includes(name));
    return Object.fromEntries(
      chosen.map(([name, property]) => [name, exampleOf(property as Schema, document, which)]),
    );
  }
  if (anyOf !== undefined) return exampleOf(anyOf[0] as Schema, document, which);
  switch ([type].flat()[0]) {
    case 'array':
      return [];
    case 'boolean':
      return false;
    case 'integer':
      return schema.minimum ?? 1;
    case 'string':
      return schema.format === 'uri' ? 'https://app.example.com/' : 'text';
    default:
      throw new Error(`no example of ${JSON.stringify(schema)}`);
  }
}
