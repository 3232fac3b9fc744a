/** A path of the node, in pods and in PersistentVolumes. */
import { type FieldError, required } from '@mkube/apimachinery';
import type { HostPathVolumeSource } from '../../../generated/types/core-v1.ts';
import { oneOf } from '../../../validation/checks.ts';
import { noBackstep } from '../pod/validation/paths.ts';

const TYPES = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];

export const validateHostPath = ({ path, type }: Partial<HostPathVolumeSource> = {}, at: string): FieldError[] => [
  ...(path ? noBackstep(`${at}.path`, path) : [required(`${at}.path`)]),
  ...oneOf(`${at}.type`, type, TYPES),
];
