/**
 * One object at one revision, shared by everybody and never changed: its wire bytes (JSON with resourceVersion), its parsed
 * form and its other encodings, each made at the first need and at most once.
 */
import { type KubernetesObject, parseJson, stringifyJson } from '@mkube/apimachinery';
import type { ParsedBudget } from './parsed-budget.ts';
import { spliceResourceVersion } from './splice.ts';

export interface EntrySource {
  key: string;
  namespace: string;
  name: string;
  /** JSON without resourceVersion. */
  stored: Buffer;
  revision: number;
  createRevision: number;
  /** The parsed object without resourceVersion, when the writer still has it at hand. */
  object?: KubernetesObject;
  budget?: ParsedBudget;
}

export class Entry {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly revision: number;
  readonly createRevision: number;
  #bytes: Buffer;
  #spliced = false;
  readonly #budget: ParsedBudget | undefined;
  #object: KubernetesObject | undefined;
  #encodings: Map<string, unknown> | undefined;

  constructor(source: EntrySource) {
    this.key = source.key;
    this.namespace = source.namespace;
    this.name = source.name;
    this.revision = source.revision;
    this.createRevision = source.createRevision;
    this.#bytes = source.stored;
    this.#budget = source.budget;
    if (!source.object) return;
    this.#object = withRevision(source.object, source.revision);
    this.#budget?.note(this);
  }

  /** Wire JSON of the storage version. */
  get bytes(): Buffer {
    if (!this.#spliced) {
      this.#bytes = spliceResourceVersion(this.#bytes, this.revision);
      this.#spliced = true;
    }
    return this.#bytes;
  }

  get object(): KubernetesObject {
    if (!this.#object) {
      this.#object = parseJson(this.bytes) as KubernetesObject;
      this.#budget?.note(this);
    }
    return this.#object;
  }

  /** Gives up the parsed form and the encodings; they are made again when somebody asks. */
  forgetParsed(): void {
    this.#object = undefined;
    this.#encodings = undefined;
  }

  /** A derived form (another version, a media type, a row), made once. */
  derive<T>(name: string, make: (entry: Entry) => T): T {
    this.#encodings ??= new Map();
    if (this.#encodings.has(name)) return this.#encodings.get(name) as T;
    const made = make(this);
    this.#encodings.set(name, made);
    return made;
  }

  /** An object that is not (or not so) in the store: a dry run's result, a bookmark. */
  static ofObject(
    object: KubernetesObject,
    at: { key: string; namespace: string; name: string; revision: number; createRevision: number },
  ): Entry {
    const entry = new Entry({ ...at, stored: Buffer.from(stringifyJson(object)) });
    entry.#spliced = true;
    entry.#object = object;
    return entry;
  }
}

const withRevision = (object: KubernetesObject, revision: number): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: String(revision) },
});
