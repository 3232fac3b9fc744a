/**
 * Bodies that come again byte for byte, as those of pods that a workload makes of one template do: decoded and defaulted
 * once, for all that are the same. Objects are never changed, so those made of one body share what they have in common,
 * in memory too. Only what nobody is to be warned of is kept, and only once it has come twice.
 * Where admission makes of it what it made of it before, the spec is the one that was stored then, judged already.
 */
import { type KubernetesObject, type Schema, isJsonObject, jsonEquals } from '@mkube/apimachinery';

/** One body of each remainder of the length is known at a time: to look one up takes no more than comparing its bytes. */
const PLACES = 32;
const LONGEST = 32 * 1024;

interface KnownBody {
  readonly schema: Schema;
  readonly bytes: Buffer;
  object?: KubernetesObject;
}

export class KnownBodies {
  readonly #places: (KnownBody | undefined)[] = Array.from({ length: PLACES });
  /** What `find` answers. */
  readonly #found = new WeakSet<KubernetesObject>();
  /** By what was found: the object that was stored of it last, in which there was nothing to warn of. */
  readonly #accepted = new WeakMap<KubernetesObject, KubernetesObject>();

  find(bytes: Buffer, schema: Schema): KubernetesObject | undefined {
    const known = this.#places[bytes.length % PLACES];
    return known?.schema === schema && known.bytes.equals(bytes) ? known.object : undefined;
  }

  /** `object`: what became of a body that `find` did not know. */
  note(bytes: Buffer, schema: Schema, object: KubernetesObject): void {
    if (bytes.length > LONGEST) return;
    const place = bytes.length % PLACES;
    const known = this.#places[place];
    if (known?.schema === schema && known.bytes.equals(bytes)) {
      known.object = schema.applyDefaults(object);
      this.#found.add(known.object);
    }
    // a copy: the body may be a part of much more
    else this.#places[place] = { schema, bytes: Buffer.from(bytes) };
  }

  /** The body, where it has its declared defaults. */
  asDefaulted(decoded: KubernetesObject | undefined): KubernetesObject | undefined {
    return decoded && this.#found.has(decoded) ? decoded : undefined;
  }

  /** What was stored last of the body that `decoded` is, where `object`, made of it too, has the same spec and annotations. */
  acceptedAs(object: KubernetesObject, decoded: KubernetesObject | undefined): KubernetesObject | undefined {
    const before = decoded && this.#accepted.get(decoded);
    if (!before || !jsonEquals(object.metadata.annotations, before.metadata.annotations)) return undefined;
    return isSameSpec(specOf(object), specOf(before)) ? before : undefined;
  }

  /** `object`: what became of the body that `decoded` is, with no fault and nothing to warn of. Its spec, where it is kept. */
  accept(object: KubernetesObject, decoded: KubernetesObject | undefined): object | undefined {
    const spec = specOf(object);
    if (!decoded || !isJsonObject(spec) || !this.#found.has(decoded)) return undefined;
    this.#accepted.set(decoded, object);
    return spec;
  }
}

export const withSpecOf = (object: KubernetesObject, other: KubernetesObject): KubernetesObject =>
  Object.assign({ ...object }, { spec: specOf(other) });

const specOf = (object: KubernetesObject): unknown => (object as { spec?: unknown }).spec;

const isSameSpec = (spec: unknown, before: unknown): boolean =>
  isJsonObject(spec) && isJsonObject(before) && jsonEquals(spec, before);
