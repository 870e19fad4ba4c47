import schema from './pipeline.schema.json' with { type: 'json' };
import type { PathKey } from './yamlNodes.ts';

/** What may stand at a place of a pipeline file: the parts of JSON Schema that its schema uses. */
export interface SchemaNode {
  type?: string | string[];
  description?: string;
  default?: unknown;
  required?: string[];
  properties?: Record<string, SchemaNode>;
  additionalProperties?: boolean | SchemaNode;
  items?: SchemaNode;
  $ref?: string;
}

/** The schema of a place; undefined where nothing may stand. */
export function schemaAt(path: readonly PathKey[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = schema;
  for (const key of path) {
    node = resolveRef(node);
    if (!node) return undefined;
    if (typeof key === 'number') node = node.items;
    else node = own(node.properties, key) ?? further(node);
  }
  const resolved = resolveRef(node);
  // What is said where it is used says more than what is said where it is defined.
  return resolved && node?.description ? { ...resolved, description: node.description } : resolved;
}

function further({ additionalProperties }: SchemaNode): SchemaNode | undefined {
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

function own<T>(of: Record<string, T> | undefined, key: string): T | undefined {
  return of && Object.hasOwn(of, key) ? of[key] : undefined;
}

function resolveRef(node: SchemaNode | undefined): SchemaNode | undefined {
  const name = node?.$ref?.split('/').at(-1);
  return name === undefined ? node : own(schema.definitions as Record<string, SchemaNode>, name);
}
