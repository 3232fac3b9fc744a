/** The frames of a watch response: one JSON object a line, whatever the chunks. ERROR becomes a thrown StatusError; an abort ends quietly. */
import { errorOfStatus, type Status } from '@mkube/apimachinery';
import type { TransportResponse } from '@mkube/client';

export interface WatchFrame {
  type: string;
  object: unknown;
}

export async function* watchFrames(response: TransportResponse, signal: AbortSignal): AsyncGenerator<WatchFrame> {
  let rest = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body) {
      rest += decoder.decode(chunk as Buffer, { stream: true });
      let newline = rest.indexOf('\n');
      while (newline >= 0) {
        const line = rest.slice(0, newline);
        rest = rest.slice(newline + 1);
        newline = rest.indexOf('\n');
        if (!line) continue;
        const frame = JSON.parse(line) as WatchFrame;
        if (frame.type === 'ERROR') throw errorOfStatus(frame.object as Status);
        yield frame;
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    response.body.destroy();
  }
}
