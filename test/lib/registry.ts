/** A registry on loopback that serves one image out of memory, and counts who asked for what. */
import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TestRegistry {
  /** 'localhost:41234' */
  host: string;
  requests: string[];
  close(): void;
}

const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** `layer` is a tar archive; the image is <host>/<name>:<tag>. */
export async function serveImage(image: {
  name: string;
  tag: string;
  layer: Buffer;
  config: object;
}): Promise<TestRegistry> {
  const { name, tag, layer } = image;
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const rootfs = { type: 'layers', diff_ids: [digestOf(layer)] };
  const config = Buffer.from(JSON.stringify({ architecture, os: 'linux', config: image.config, rootfs }));
  const media = 'application/vnd.oci.image';
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: `${media}.manifest.v1+json`,
      config: { mediaType: `${media}.config.v1+json`, digest: digestOf(config), size: config.length },
      layers: [{ mediaType: `${media}.layer.v1.tar`, digest: digestOf(layer), size: layer.length }],
    }),
  );
  const requests: string[] = [];
  const server = http.createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?'); // mirrors are told whose image is meant
    requests.push(path);
    const blob = [config, layer].find((bytes) => path === `/v2/${name}/blobs/${digestOf(bytes)}`);
    const isManifest = [tag, digestOf(manifest)].some((reference) => path === `/v2/${name}/manifests/${reference}`);
    const send = (bytes: Buffer, type: string) =>
      response
        .writeHead(200, {
          'content-type': type,
          'content-length': bytes.length,
          'docker-content-digest': digestOf(bytes),
        })
        .end(bytes);
    if (blob !== undefined) send(blob, 'application/octet-stream');
    else if (isManifest) send(manifest, `${media}.manifest.v1+json`);
    else response.writeHead(path === '/v2/' ? 200 : 404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { host: `localhost:${port}`, requests, close: () => server.close() };
}
