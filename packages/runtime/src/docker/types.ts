/** What the Engine API answers, as far as it is read here. */
export interface DockerContainer {
  Id: string;
  Created: string;
  /** Image id: 'sha256:…'. */
  Image: string;
  ResolvConfPath: string;
  State: {
    Status: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
    Running: boolean;
    Pid: number;
    ExitCode: number;
    OOMKilled: boolean;
    Error: string;
    StartedAt: string;
    FinishedAt: string;
  };
  Config: { Labels: Record<string, string>; Tty: boolean };
  NetworkSettings: { Networks: Record<string, { IPAddress: string } | undefined> };
}

export interface DockerSummary {
  Id: string;
  State: DockerContainer['State']['Status'];
  Labels: Record<string, string>;
}

export interface DockerImage {
  Id: string;
  RepoTags: string[] | null;
  RepoDigests: string[] | null;
  Size: number;
  Config?: { User?: string; Entrypoint?: string[] | null; Cmd?: string[] | null };
}

export interface DockerStats {
  read: string;
  cpu_stats: { cpu_usage: { total_usage: number } };
  memory_stats: { usage?: number; stats?: { total_inactive_file?: number; inactive_file?: number } };
}

export interface DockerEvent {
  Action: string;
  timeNano: number;
  Actor: { ID: string; Attributes: Record<string, string> };
}
