/** The image that `run NAME` starts without --image; `mkube up` makes it on the machine and loads it into every node. */
export const DEMO_IMAGE = 'mkube.local/hello:1.0';
