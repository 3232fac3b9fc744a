/** For tests of pulls: a registry on loopback that serves images of one layer each, as they are or spoiled on the way. */
import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import zlib from 'node:zlib';
import { buildTar, type ImageFile } from '@mkube/runtime';

export interface TestRegistry {
  /** 'localhost:41234' */
  host: string;
  requests: string[];
  /** `spoil` changes what is sent of the layer, and not its digest. */
  push(name: string, layer: Buffer, options?: { spoil?(layer: Buffer): Buffer; config?: object }): void;
  close(): Promise<void>;
}

export async function startTestRegistry(): Promise<TestRegistry> {
  const content = new Map<string, Buffer>();
  const requests: string[] = [];
  const server = http.createServer((request, response) => {
    requests.push(request.url ?? '');
    const found = content.get((request.url ?? '').split('?', 1)[0] ?? '');
    response.writeHead(found ? 200 : 404).end(found ?? '{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `localhost:${(server.address() as AddressInfo).port}`,
    requests,
    push(name, layer, { spoil = (bytes: Buffer): Buffer => bytes, config = {} } = {}) {
      const packed = zlib.gzipSync(layer, { level: 1 });
      const blob = (bytes: Buffer, sent: Buffer = bytes): { digest: string; size: number } => {
        const digest = digestOf(bytes);
        content.set(`/v2/${name}/blobs/${digest}`, sent);
        return { digest, size: bytes.length };
      };
      const image = { config, rootfs: { type: 'layers', diff_ids: [digestOf(layer)] } };
      const layers = [blob(packed, spoil(packed))];
      const manifest = { schemaVersion: 2, config: blob(Buffer.from(JSON.stringify(image))), layers };
      content.set(`/v2/${name}/manifests/latest`, Buffer.from(JSON.stringify(manifest)));
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** A layer whose last entry is of another type than any decent builder would make: '1' a hard link, '3' a device. */
export function layerEndingWith(type: '1' | '3', files: readonly ImageFile[], last: ImageFile): Buffer {
  const tar = buildTar([...files, last]);
  const header = tar.subarray(buildTar(files).length - END_OF_ARCHIVE);
  header.write(type, 156, 'latin1');
  header.fill(' ', 148, 156);
  const sum = header.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return tar;
}

const END_OF_ARCHIVE = 1024;
