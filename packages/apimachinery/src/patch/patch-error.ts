/** How a patch that cannot be applied is answered: 422 with the cause, as Kubernetes answers it. */
import { Invalid } from '../errors.ts';

export const unprocessable = (message: string): Invalid =>
  new Invalid('the server rejected our request due to an error in our request', {
    details: { causes: [{ reason: 'UnexpectedServerResponse', message }] },
  });
