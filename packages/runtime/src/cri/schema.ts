/**
 * Messages of the Container Runtime Interface, v1, as far as this driver speaks them: facts, a line each, `name:type=number`.
 * Types: string bytes bool, int (fits a number), long (bigint), map (string to string), a message's name; [] repeats.
 * What an engine sends beyond them is passed over.
 */
const MESSAGES = `
VersionRequest version:string=1
VersionResponse version:string=1 runtimeName:string=2 runtimeVersion:string=3 runtimeApiVersion:string=4
StatusRequest verbose:bool=1
StatusResponse status:RuntimeStatus=1
RuntimeStatus conditions:RuntimeCondition[]=1
RuntimeCondition type:string=1 status:bool=2 reason:string=3 message:string=4
DNSConfig servers:string[]=1 searches:string[]=2 options:string[]=3
PortMapping protocol:int=1 containerPort:int=2 hostPort:int=3 hostIp:string=4
Mount containerPath:string=1 hostPath:string=2 readonly:bool=3 propagation:int=5
NamespaceOption network:int=1 pid:int=2 ipc:int=3 targetId:string=4
Int64Value value:int=1
LongValue value:long=1
SecurityProfile profileType:int=1 localhostRef:string=2
LinuxSandboxSecurityContext namespaceOptions:NamespaceOption=1 privileged:bool=6 seccomp:SecurityProfile=9
LinuxPodSandboxConfig cgroupParent:string=1 securityContext:LinuxSandboxSecurityContext=2 sysctls:map=3
PodSandboxMetadata name:string=1 uid:string=2 namespace:string=3 attempt:int=4
PodSandboxConfig metadata:PodSandboxMetadata=1 hostname:string=2 logDirectory:string=3 dnsConfig:DNSConfig=4 portMappings:PortMapping[]=5 labels:map=6 annotations:map=7 linux:LinuxPodSandboxConfig=8
RunPodSandboxRequest config:PodSandboxConfig=1 runtimeHandler:string=2
RunPodSandboxResponse podSandboxId:string=1
PodSandboxRequest podSandboxId:string=1
PodSandboxNetworkStatus ip:string=1 additionalIps:PodIP[]=2
PodIP ip:string=1
PodSandboxStatus id:string=1 metadata:PodSandboxMetadata=2 state:int=3 createdAt:long=4 network:PodSandboxNetworkStatus=5 labels:map=7 annotations:map=8
PodSandboxStatusResponse status:PodSandboxStatus=1
PodSandboxFilter id:string=1 labelSelector:map=3
ListPodSandboxRequest filter:PodSandboxFilter=1
PodSandbox id:string=1 metadata:PodSandboxMetadata=2 state:int=3 createdAt:long=4 labels:map=5 annotations:map=6
ListPodSandboxResponse items:PodSandbox[]=1
ImageSpec image:string=1
KeyValue key:string=1 value:string=2
HugepageLimit pageSize:string=1 limit:int=2
LinuxContainerResources cpuPeriod:int=1 cpuQuota:int=2 cpuShares:int=3 memoryLimitInBytes:int=4 oomScoreAdj:int=5 hugepageLimits:HugepageLimit[]=8 unified:map=9 memorySwapLimitInBytes:int=10
Capability addCapabilities:string[]=1 dropCapabilities:string[]=2
LinuxContainerSecurityContext capabilities:Capability=1 privileged:bool=2 namespaceOptions:NamespaceOption=3 runAsUser:Int64Value=5 runAsGroup:Int64Value=12 readonlyRootfs:bool=7 supplementalGroups:int[]=8 noNewPrivs:bool=11 maskedPaths:string[]=13 readonlyPaths:string[]=14 seccomp:SecurityProfile=15
LinuxContainerConfig resources:LinuxContainerResources=1 securityContext:LinuxContainerSecurityContext=2
ContainerMetadata name:string=1 attempt:int=2
Device containerPath:string=1 hostPath:string=2 permissions:string=3
ContainerConfig metadata:ContainerMetadata=1 image:ImageSpec=2 command:string[]=3 args:string[]=4 workingDir:string=5 envs:KeyValue[]=6 mounts:Mount[]=7 devices:Device[]=8 labels:map=9 annotations:map=10 logPath:string=11 stdin:bool=12 stdinOnce:bool=13 tty:bool=14 linux:LinuxContainerConfig=15
CreateContainerRequest podSandboxId:string=1 config:ContainerConfig=2 sandboxConfig:PodSandboxConfig=3
CreateContainerResponse containerId:string=1
ContainerRequest containerId:string=1
StopContainerRequest containerId:string=1 timeout:int=2
ContainerFilter id:string=1 podSandboxId:string=3 labelSelector:map=4
ListContainersRequest filter:ContainerFilter=1
Container id:string=1 podSandboxId:string=2 metadata:ContainerMetadata=3 image:ImageSpec=4 imageRef:string=5 state:int=6 createdAt:long=7 labels:map=8 annotations:map=9
ListContainersResponse containers:Container[]=1
ContainerStatusRequest containerId:string=1 verbose:bool=2
ContainerStatus id:string=1 metadata:ContainerMetadata=2 state:int=3 createdAt:long=4 startedAt:long=5 finishedAt:long=6 exitCode:int=7 image:ImageSpec=8 imageRef:string=9 reason:string=10 message:string=11 labels:map=12 annotations:map=13 logPath:string=15 resources:ContainerResources=16
ContainerStatusResponse status:ContainerStatus=1 info:map=2
ContainerResources linux:LinuxContainerResources=1
SubscribeRequest filters:string[]=1
RuntimeConfigResponse linux:LinuxRuntimeConfiguration=1
LinuxRuntimeConfiguration cgroupDriver:int=1
UpdateContainerResourcesRequest containerId:string=1 linux:LinuxContainerResources=2
ExecSyncRequest containerId:string=1 cmd:string[]=2 timeout:int=3
ExecSyncResponse stdout:bytes=1 stderr:bytes=2 exitCode:int=3
ExecRequest containerId:string=1 cmd:string[]=2 tty:bool=3 stdin:bool=4 stdout:bool=5 stderr:bool=6
AttachRequest containerId:string=1 stdin:bool=2 tty:bool=3 stdout:bool=4 stderr:bool=5
PortForwardRequest podSandboxId:string=1 port:int[]=2
UrlResponse url:string=1
Image id:string=1 repoTags:string[]=2 repoDigests:string[]=3 size:int=4 uid:Int64Value=5 username:string=6 pinned:bool=8
ImageRequest image:ImageSpec=1
ListImagesResponse images:Image[]=1
ImageStatusResponse image:Image=1
AuthConfig username:string=1 password:string=2 identityToken:string=5 registryToken:string=6
PullImageRequest image:ImageSpec=1 auth:AuthConfig=2
PullImageResponse imageRef:string=1
ImageFsInfoResponse imageFilesystems:FilesystemUsage[]=1
FilesystemUsage fsId:FilesystemIdentifier=2 usedBytes:Int64Value=3
FilesystemIdentifier mountpoint:string=1
ContainerStatsResponse stats:ContainerStats=1
ContainerStats cpu:CpuUsage=2 memory:MemoryUsage=3 writableLayer:FilesystemUsage=4
CpuUsage timestamp:long=1 usageCoreNanoSeconds:LongValue=2
MemoryUsage workingSetBytes:Int64Value=2 usageBytes:Int64Value=4
ContainerEventResponse containerId:string=1 containerEventType:int=2 createdAt:long=3 podSandboxStatus:PodSandboxStatus=4
Empty
`;

export interface Field {
  name: string;
  type: string;
  number: number;
  repeated: boolean;
}

export interface Message {
  byNumber: ReadonlyMap<number, Field>;
  byName: ReadonlyMap<string, Field>;
}

export type Schema = ReadonlyMap<string, Message>;

export function criSchema(): Schema {
  const lines = MESSAGES.trim().split('\n');
  return new Map(lines.map(parseMessage));
}

function parseMessage(line: string): [string, Message] {
  const [name = '', ...texts] = line.split(' ');
  const fields = texts.map(parseField);
  return [
    name,
    { byNumber: new Map(fields.map((f) => [f.number, f])), byName: new Map(fields.map((f) => [f.name, f])) },
  ];
}

function parseField(text: string): Field {
  const [, name = '', type = '', repeated, number = ''] = /^(\w+):(\w+)(\[\])?=(\d+)$/.exec(text) ?? [];
  return { name, type, number: Number(number), repeated: repeated !== undefined };
}
