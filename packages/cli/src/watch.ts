/** The frames of a watch response, whatever their objects are. ERROR becomes a thrown StatusError; an abort ends quietly. */
import { errorOfStatus, type Status } from '@mkube/apimachinery';
import { linesOf, type TransportResponse } from '@mkube/client';

export interface WatchFrame {
  type: string;
  object: unknown;
}

export async function* watchFrames(response: TransportResponse, signal: AbortSignal): AsyncGenerator<WatchFrame> {
  try {
    for await (const line of linesOf(response.body)) {
      if (line.length === 0) continue;
      const frame = JSON.parse(line.toString('utf8')) as WatchFrame;
      if (frame.type === 'ERROR') throw errorOfStatus(frame.object as Status);
      yield frame;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    response.body.destroy();
  }
}
