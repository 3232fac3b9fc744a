/** Describes roles and their bindings. */
import type { RoleBinding } from '@mkube/api';
import type { DescribeInput, Description } from './describer.ts';
import { compactRules, ruleCells, type Rule } from '../rules.ts';
import { writeAnnotations, writeMap } from './writer.ts';

export async function describeRole({ object, w }: DescribeInput): Promise<Description> {
  const { metadata } = object;
  w.write(0, `Name:\t${metadata.name}`);
  writeMap(w, 0, 'Labels', metadata.labels);
  writeAnnotations(w, 0, 'Annotations', metadata.annotations);
  w.write(0, 'PolicyRule:');
  w.write(1, 'Resources\tNon-Resource URLs\tResource Names\tVerbs');
  w.write(1, '---------\t-----------------\t--------------\t-----');
  for (const rule of compactRules((object as { rules?: Rule[] }).rules ?? [])) w.write(1, ruleCells(rule).join('\t'));
}

export async function describeRoleBinding({ object, w }: DescribeInput): Promise<Description> {
  const { metadata, roleRef, subjects } = object as unknown as RoleBinding;
  w.write(0, `Name:\t${metadata.name}`);
  writeMap(w, 0, 'Labels', metadata.labels);
  writeAnnotations(w, 0, 'Annotations', metadata.annotations);
  w.write(0, 'Role:');
  w.write(1, `Kind:\t${roleRef.kind}`);
  w.write(1, `Name:\t${roleRef.name}`);
  w.write(0, 'Subjects:');
  w.write(1, 'Kind\tName\tNamespace');
  w.write(1, '----\t----\t---------');
  for (const s of subjects ?? []) w.write(1, `${s.kind}\t${s.name}\t${s.namespace ?? ''}`);
}
