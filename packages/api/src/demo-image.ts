/**
 * The image that `run NAME` starts without --image; `mkube up` makes it on the machine and brings it to every node. A module
 * of its own, so that the CLI can name it and load nothing else.
 */
export const DEMO_IMAGE = 'mkube.local/hello:1.0';
