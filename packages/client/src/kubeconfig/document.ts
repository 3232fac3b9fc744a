/** A kubeconfig's text as it can be edited: entries by list and name; comments, order and unknown fields stay. */
import { type Document, type YAMLMap, type YAMLSeq, isMap, isSeq, parseDocument } from 'yaml';
import { KubeconfigError } from './kubeconfig.ts';

export type EntryList = 'clusters' | 'users' | 'contexts';
const FIELDS = { clusters: 'cluster', users: 'user', contexts: 'context' } as const;

export interface KubeconfigDocument {
  currentContext: string;
  set(list: EntryList, name: string, value: object): void;
  remove(list: EntryList, name: string): void;
  toString(): string;
}

export function parseKubeconfigDocument(file: string, text: string): KubeconfigDocument {
  const doc = parseDocument(text.trim() ? text : 'apiVersion: v1\nkind: Config\n');
  if (doc.errors[0]) throw new KubeconfigError(`the kubeconfig ${file} is no YAML: ${doc.errors[0].message}`);
  if (!isMap(doc.contents)) throw new KubeconfigError(`the kubeconfig ${file} holds no mapping`);
  return {
    get currentContext() {
      const name = doc.get('current-context');
      return typeof name === 'string' ? name : '';
    },
    set currentContext(name) {
      doc.set('current-context', name);
    },
    set: (list, name, value) => setEntry(doc, list, { name, [FIELDS[list]]: value }),
    remove(list, name) {
      const items = doc.get(list);
      if (isSeq(items)) items.items = items.items.filter((item) => !isNamed(item, name));
    },
    toString: () => doc.toString({ lineWidth: 0 }),
  };
}

function setEntry(doc: Document, list: EntryList, entry: { name: string }): void {
  const items = doc.get(list);
  const field = FIELDS[list];
  const node = doc.createNode(entry) as YAMLMap;
  if (!isSeq(items)) {
    doc.set(list, doc.createNode([node]));
    return;
  }
  const known = items.items.find((item): item is YAMLMap => isNamed(item, entry.name));
  if (known) known.set(field, node.get(field));
  else append(items, node);
}

/** kubectl writes empty lists as `[]`, and what is added to that would stay on its line. */
function append(items: YAMLSeq, node: YAMLMap): void {
  if (items.items.length === 0) items.flow = false;
  items.add(node);
}

const isNamed = (item: unknown, name: string): boolean => isMap(item) && item.get('name') === name;
