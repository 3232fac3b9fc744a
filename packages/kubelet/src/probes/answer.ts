/** What a container says when it is asked by a probe or a lifecycle hook. */
export interface Answer {
  ok: boolean;
  /** What events show of it. */
  output: string;
  /** It counts as well, yet somebody should look at it. */
  warns?: true;
}
