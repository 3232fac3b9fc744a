/** Nodes that have the pod's large images already are better; an image that few nodes have draws less, so that they are not overrun. */
import type { NodeInfo } from '../snapshot/node-info.ts';
import { MOST, type Plugin } from './plugin.ts';

const MIB = 1024 * 1024;
/** Below this an image counts for nothing, above that (per container) for no more. */
const FROM = 23 * MIB;
const TO = 1000 * MIB;

export const imageLocality: Plugin = {
  name: 'ImageLocality',
  weight: 1,
  score({ images }, nodes, { imageNodes, nodes: all }) {
    const names = images.map(normalized).filter((name) => imageNodes.has(name));
    if (names.length === 0) return undefined;
    const sizeOn = (node: NodeInfo): number =>
      names.reduce((sum, name) => sum + (node.images.get(name) ?? 0) * ((imageNodes.get(name) ?? 0) / all.length), 0);
    const to = TO * images.length;
    return nodes.map((node) => Math.floor((MOST * (Math.min(Math.max(sizeOn(node), FROM), to) - FROM)) / (to - FROM)));
  },
};

/** A name without a tag is its latest. */
const normalized = (image: string): string =>
  image.includes('@') || image.lastIndexOf(':') > image.lastIndexOf('/') ? image : `${image}:latest`;
