/**
 * Versions of a custom resource over one storage, conversion None: only apiVersion is another. Objects are pruned and
 * defaulted by the version they are read in, as the schema may have changed since they were stored.
 */
import type { KubernetesObject, ResourceDefinition } from '@mkube/apimachinery';

export function storageOf(
  of: ResourceDefinition,
  stored: ResourceDefinition,
): NonNullable<ResourceDefinition['storage']> {
  return {
    definition: stored,
    toStorage: (object) => inVersion(object, stored),
    fromStorage: (object) => readAs(object, of),
  };
}

const apiVersionOf = ({ group, version }: ResourceDefinition): string => `${group}/${version}`;

function inVersion(object: KubernetesObject, definition: ResourceDefinition): KubernetesObject {
  const apiVersion = apiVersionOf(definition);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

/** The stored object itself where nothing is different. */
function readAs(object: KubernetesObject, definition: ResourceDefinition): KubernetesObject {
  const { kind: _kind, apiVersion: _apiVersion, metadata, ...fields } = inVersion(object, definition);
  const bare = { kind: object.kind, apiVersion: apiVersionOf(definition), metadata: {}, ...fields };
  const decoded = definition.schema.decode(bare);
  const defaulted = definition.schema.applyDefaults(decoded.object);
  const isSame =
    decoded.unknownFields.length === 0 &&
    defaulted === decoded.object &&
    object.apiVersion === apiVersionOf(definition);
  return isSame ? object : ({ ...defaulted, metadata } as unknown as KubernetesObject);
}
