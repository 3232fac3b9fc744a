// A whole cluster on a dockerd of the test's own, which others could use as well.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { whyNoContainers } from '../lib/index.ts';
import { type Dockerd, startDockerd } from '../lib/dockerd.ts';
import { describeEngine } from '../lib/engine-story.ts';

const whyNoDockerd = (): string | false =>
  whyNoContainers() || (fs.existsSync('/usr/sbin/dockerd') ? false : 'no dockerd: apt-get install docker.io');

let dockerd: Dockerd;
let foreign: () => Promise<string>;

describeEngine('Docker', {
  runtime: 'docker',
  skip: whyNoDockerd(),
  version: / docker:\/\/\d+\.\d+/,
  async open() {
    dockerd = await startDockerd();
    foreign = await dockerd.runForeign();
    return { DOCKER_HOST: dockerd.host };
  },
  restart: () => dockerd.restart(),
  containersGoOn: false, // a dockerd that starts ends what its predecessor ran, unless it was told otherwise
  builds: true,
  watchLeftovers: () =>
    Promise.resolve(async () => {
      assert.equal(await foreign(), 'running', 'the container of somebody else');
      const all = await dockerd.get<{ Id: string; Image: string }[]>('/containers/json?all=true');
      const containers = all.filter(({ Image }) => Image !== 'others:1');
      const images = await dockerd.get<{ RepoTags: string[] | null }[]>('/images/json');
      const ours = images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((tag) => tag.startsWith('mkube.local/'));
      return [...containers.map(({ Id }) => `container ${Id}`), ...ours.map((tag) => `image ${tag}`)];
    }),
  close: () => dockerd.close(),
});
