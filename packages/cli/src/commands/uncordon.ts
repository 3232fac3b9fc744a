/** kubectl uncordon. */
import { cordonCommand } from '../cordon-command.ts';

export const command = cordonCommand('uncordon');
