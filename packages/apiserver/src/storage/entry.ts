/**
 * One object at one revision, shared by everybody and never changed: its bytes, its parsed form and its other encodings,
 * each made at the first need. The stored bytes are the store's own, not copied: the resourceVersion is put in on the way out.
 */
import { type KubernetesObject, parseJson, stringifyJson } from '@mkube/apimachinery';
import { labelsInBytes } from './labels-in-bytes.ts';
import type { SharedObject } from '../request/request.ts';
import type { ParsedBudget } from './parsed-budget.ts';
import { endOfObject, rebuildWith, revisionLength, revisionText, spliceOffset, writeRevision } from './splice.ts';

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

export type Labels = Readonly<Record<string, string>>;

export class Entry implements SharedObject {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly revision: number;
  readonly createRevision: number;
  /** Bytes of its JSON. */
  readonly size: number;
  /** Stored bytes, or with `#offset` -1 wire bytes as they are. */
  #bytes: Buffer;
  #offset: number | undefined;
  #typeLength = NO_TYPE;
  #wireSize = 0;
  readonly #budget: ParsedBudget | undefined;
  #object: KubernetesObject | undefined;
  #wire: Buffer | undefined;
  #encodings: Map<string, unknown> | undefined;

  constructor(source: EntrySource) {
    this.key = source.key;
    this.namespace = source.namespace;
    this.name = source.name;
    this.revision = source.revision;
    this.createRevision = source.createRevision;
    this.#bytes = source.stored;
    this.size = source.stored.length;
    this.#budget = source.budget;
    if (!source.object) return;
    this.#object = withRevision(source.object, source.revision);
    this.#budget?.note(this);
  }

  /** Wire JSON of the storage version, in pieces that are not to be changed. */
  get parts(): readonly Buffer[] {
    if (this.#offset === undefined) this.#findOffset();
    const at = this.#offset ?? WHOLE;
    if (at === WHOLE) return [this.#bytes];
    return [this.#bytes.subarray(0, at), Buffer.from(revisionText(this.revision)), this.#bytes.subarray(at)];
  }

  /** Length of its wire JSON. */
  get wireSize(): number {
    if (this.#offset === undefined) this.#findOffset();
    return this.#wireSize;
  }

  /** Length of what its wire JSON begins with: `{"kind":"Pod","apiVersion":"v1",`. */
  get typeLength(): number {
    if (this.#offset === undefined) this.#findOffset();
    return this.#typeLength;
  }

  /**
   * Puts its wire JSON, without the first `skip` bytes, into `target`, which needs room for all of it; returns where it ends. `skip`
   * lies before the uid. The bytes are fetched once and moved where they are hot: two copies of parts cost a third more.
   */
  writeTo(target: Buffer, at: number, skip: number): number {
    if (this.#offset === undefined) this.#findOffset();
    const end = at + this.#bytes.length;
    target.set(this.#bytes, at);
    if (this.#offset === undefined || this.#offset === WHOLE) {
      target.copyWithin(at, at + skip, end);
      return end - skip;
    }
    const middle = at + this.#offset - skip;
    const rest = middle + revisionLength(this.revision);
    target.copyWithin(at, at + skip, at + this.#offset);
    target.copyWithin(rest, at + this.#offset, end);
    writeRevision(target, middle, this.revision);
    return rest + end - at - this.#offset;
  }

  /** Wire JSON of the storage version. Kept as the parsed object is: what is looked at is asked for again. */
  get bytes(): Buffer {
    if (this.#wire) return this.#wire;
    const whole = this.#whole();
    if (whole === this.#bytes) return whole;
    if (!this.#object) this.#budget?.note(this);
    if (this.#object || this.#budget) this.#wire = whole;
    return whole;
  }

  get object(): KubernetesObject {
    if (!this.#object) {
      this.#object = this.#parse();
      if (!this.#wire) this.#budget?.note(this);
    }
    return this.#object;
  }

  /** `object`, parsed for this once where it is not at hand: who looks through many must not push out what is in use. */
  glance(): KubernetesObject {
    return this.#object ?? this.#parse();
  }

  /** Wire JSON of the storage version's metadata, cut out of the bytes without parsing them. */
  get metadataText(): string {
    if (this.#offset === undefined) this.#findOffset();
    if (this.#typeLength === NO_TYPE) return stringifyJson(this.glance().metadata);
    const start = this.#typeLength + METADATA.length;
    const end = endOfObject(this.#bytes, start);
    const at = this.#offset ?? WHOLE;
    if (at === WHOLE) return this.#bytes.toString('utf8', start, end);
    return `${this.#bytes.toString('utf8', start, at)}${revisionText(this.revision)}${this.#bytes.toString('utf8', at, end)}`;
  }

  get resourceVersion(): string {
    return String(this.revision);
  }

  /** `object`, as those have it who know of no entries. */
  read(): KubernetesObject {
    return this.object;
  }

  /** Its labels, without parsing the whole of it where that has not been done. */
  get labels(): Labels | undefined {
    if (this.#object) return this.#object.metadata.labels;
    const found = labelsInBytes(this.#bytes);
    return found === 'unknown' ? this.object.metadata.labels : found;
  }

  /** Gives up the parsed form and the encodings; they are made again when somebody asks. */
  forgetParsed(): void {
    this.#object = undefined;
    this.#wire = undefined;
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
    entry.#offset = WHOLE;
    entry.#wireSize = entry.size;
    entry.#object = object;
    return entry;
  }

  /** Wire JSON, made for this once where it is not at hand. */
  #whole(): Buffer {
    if (this.#wire) return this.#wire;
    if (this.#offset === undefined) this.#findOffset();
    if (this.#offset === WHOLE) return this.#bytes;
    const whole = Buffer.allocUnsafe(this.wireSize);
    this.writeTo(whole, 0, 0);
    return whole;
  }

  #parse(): KubernetesObject {
    return parseJson(this.#whole()) as KubernetesObject;
  }

  #findOffset(): void {
    const offset = spliceOffset(this.#bytes);
    if (offset === undefined) this.#bytes = rebuildWith(this.#bytes, this.revision);
    this.#offset = offset ?? WHOLE;
    this.#wireSize = this.#bytes.length + (offset === undefined ? 0 : revisionLength(this.revision));
    this.#typeLength = Math.max(NO_TYPE, this.#bytes.indexOf(METADATA));
  }
}

const WHOLE = -1;
/** Nothing but the brace stands before metadata, or it is not known where that is. */
const NO_TYPE = 1;
const METADATA = Buffer.from('"metadata":');

const withRevision = (object: KubernetesObject, revision: number): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: String(revision) },
});
