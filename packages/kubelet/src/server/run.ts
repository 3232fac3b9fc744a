/** POST /run: a command in a container, its output as the answer; and /checkpoint, which no engine here can do. */
import type { FastifyInstance } from 'fastify';
import { findContainer } from '../pods/spec.ts';
import type { ServerDeps } from './deps.ts';
import { type ContainerPath, findPod, findRunning } from './find-container.ts';
import { HttpError } from './http-error.ts';

const DEADLINE_SECONDS = 600;

export function serveRun(app: FastifyInstance, { pods, runtime }: ServerDeps): void {
  for (const path of ['/run/:namespace/:pod/:container', '/run/:namespace/:pod/:uid/:container'])
    app.post<{ Params: ContainerPath; Querystring: { cmd?: string } }>(path, async (request, reply) => {
      const { id } = findRunning(pods, request.params);
      const command = (request.query.cmd ?? '').split(' ').filter(Boolean);
      if (command.length === 0) throw new HttpError(400, 'query parameter "cmd" must name a command');
      const { stdout, stderr, exitCode } = await runtime.execSync(id, command, DEADLINE_SECONDS);
      const output = Buffer.concat([stdout, stderr]);
      if (exitCode !== 0)
        throw new HttpError(500, `command '${command.join(' ')}' exited with ${exitCode}: ${output.toString()}`);
      return reply.type('text/plain; charset=utf-8').send(output);
    });
  app.post<{ Params: ContainerPath }>('/checkpoint/:namespace/:pod/:container', async (request) => {
    const { namespace, pod, container } = request.params;
    if (!findContainer(findPod(pods, request.params).pod, container))
      throw new HttpError(404, `container ${container} does not exist`);
    const why = 'rpc error: code = Unimplemented desc = the runtime cannot checkpoint containers';
    throw new HttpError(500, `checkpointing of ${namespace}/${pod}/${container} failed (${why})`);
  });
}
