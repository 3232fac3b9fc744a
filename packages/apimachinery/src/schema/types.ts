/** Lookup of types for the compilers of this folder: a name that is unknown is a fault of the facts, said by name. */
import type { TypeFacts, TypeSource } from './facts.ts';

export interface Types {
  of(name: string): TypeFacts;
}

export function typesFrom(source: TypeSource): Types {
  return {
    of(name) {
      const facts = source(name);
      if (!facts) throw new Error(`no facts about the type ${name}`);
      return facts;
    },
  };
}

/** A short name inside the package of `typeName`. */
export const refIn = (typeName: string, short: string): string =>
  `${typeName.slice(0, typeName.lastIndexOf('.') + 1)}${short}`;

/** 'v1.PodSpec', as Go's messages name 'io.k8s.api.core.v1.PodSpec'. */
export const goNameOf = (typeName: string): string => typeName.split('.').slice(-2).join('.');
export const shortNameOf = (typeName: string): string => typeName.slice(typeName.lastIndexOf('.') + 1);
