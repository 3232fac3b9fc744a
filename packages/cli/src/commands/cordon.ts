/** kubectl cordon. */
import { cordonCommand } from '../cordon-command.ts';

export const command = cordonCommand('cordon');
