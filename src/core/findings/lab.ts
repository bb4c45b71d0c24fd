import type { FindingEntries } from './entry.ts';

const otherLab = 'The lab was left as it is: a lab cannot be changed into another one while it exists.';
const makeAgain =
  'Take it down and bring it up as you want it: `k8s-ha lab down`, `k8s-ha lab up`. Or give the other lab a name of its own: `--name NAME`.';

/** What the lab calls its findings: the ids without `lab-`. */
export type LabProblem = keyof typeof labFindings extends infer Id
  ? Id extends `lab-${infer Name}`
    ? Name
    : never
  : never;

/** The lab's host and its machines. */
export const labFindings = {
  'lab-not-linux': {
    severity: 'error',
    title: 'The lab needs Linux',
    why: 'Its machines are made of Linux namespaces and overlay disks. Nothing was started.',
    remedy: 'Run `k8s-ha lab up` on a Debian machine, real or virtual.',
  },
  'lab-not-root': {
    severity: 'error',
    title: 'The lab needs root',
    why: 'It boots machines, mounts their disks and makes network namespaces. Nothing was started.',
    remedy: 'Run the command again with `sudo`.',
  },
  'lab-missing-packages': {
    severity: 'error',
    title: 'The lab needs Debian packages that are not installed',
    why: 'Without them no machine can be built or booted. Nothing was started.',
    remedy: 'Install what the message lists: `apt-get install --no-install-recommends PACKAGES`.',
  },
  'lab-not-built': {
    severity: 'error',
    title: 'The stand-in API server is not built',
    why: 'The machines would have nothing to serve.',
    remedy: 'Run `npm run build`, then `k8s-ha lab up`.',
  },
  'lab-no-overlay': {
    severity: 'error',
    title: 'The kernel has no overlay file system',
    why: "The machines' disks are overlays of one base image, so none can be made.",
    remedy: 'Run `modprobe overlay`. If the module does not exist, use a kernel that has it.',
  },
  'lab-on-overlay': {
    severity: 'error',
    title: "The lab's folder is itself on an overlay file system",
    why: 'An overlay cannot carry another one as its upper layer: the machines would have no disks.',
    remedy: 'Set `K8S_HA_LAB_DIR` to a folder on ext4, xfs or tmpfs; in a container, to a volume.',
  },
  'lab-disk-full': {
    severity: 'error',
    title: 'There is too little space for the lab',
    why: 'Image and disks of the machines would fill the disk, and could stop other programs on this host.',
    remedy: 'Free some space (`df -h`), or set `K8S_HA_LAB_DIR` to a folder on another disk.',
  },
  'lab-inotify': {
    severity: 'error',
    title: 'The kernel allows too few inotify instances',
    why: 'systemd in the last machines would fail to start its services, in ways that are hard to read.',
    remedy: 'Run `sysctl -w fs.inotify.max_user_instances=512`, then `k8s-ha lab up`.',
  },
  'lab-folder': {
    severity: 'error',
    title: "The lab's folder cannot be made",
    why: 'There is nowhere to put images, disks and state of the lab.',
    remedy: 'Check the parent folder and its permissions, or set `K8S_HA_LAB_DIR` to another one.',
  },
  'lab-no-namespaces': {
    severity: 'error',
    title: 'This host cannot make network namespaces',
    why: 'Each machine and the client of the lab live in one.',
    remedy: 'In a container, run it privileged (CAP_SYS_ADMIN). On a machine, use a kernel with CONFIG_NET_NS.',
  },
  'lab-name': {
    severity: 'error',
    title: 'A name that a lab cannot have',
    why: 'The name becomes part of namespaces and interfaces, which have short names.',
    remedy: 'Use up to 24 lower-case letters, digits and dashes, beginning with a letter: `k8s-ha lab up --name NAME`.',
  },
  'lab-none': {
    severity: 'error',
    title: 'There is no such lab, or it is not complete',
    why: 'The command needs a complete lab whose machines run, so nothing was done.',
    remedy: 'Run `k8s-ha lab status` to see what exists, then `k8s-ha lab up`.',
  },
  'lab-no-such-node': {
    severity: 'error',
    title: 'The lab has no machine of this name',
    why: 'The command needs one of its machines, so nothing was done.',
    remedy: 'Run `k8s-ha lab status` for their names.',
  },
  'lab-node-count': {
    severity: 'error',
    title: 'The lab has another number of nodes than was asked for',
    why: otherLab,
    remedy: makeAgain,
  },
  'lab-family': {
    severity: 'error',
    title: 'The lab has another address family than was asked for',
    why: otherLab,
    remedy: makeAgain,
  },
  'lab-release': {
    severity: 'error',
    title: 'The lab runs other Debian releases than were asked for',
    why: otherLab,
    remedy: makeAgain,
  },
  'lab-kind': {
    severity: 'error',
    title: 'The lab runs the stand-in API server, and real Kubernetes was asked for',
    why: otherLab,
    remedy: makeAgain,
  },
  'lab-container-image': {
    severity: 'error',
    title: 'The lab has another container image than was asked for',
    why: otherLab,
    remedy: makeAgain,
  },
  'lab-aborted': {
    severity: 'error',
    title: 'The lab command was stopped on request',
    why: 'The lab may be half made. It holds no VIP that anything outside of it uses.',
    remedy: 'Run the command again: a lab whose `up` was interrupted is made again from the start.',
  },
  'lab-leftovers': {
    severity: 'error',
    title: 'The lab could not be removed completely',
    why: 'Mounts, namespaces or processes that are left keep disk and memory, and may stop the next `lab up`.',
    remedy:
      'See with `fuser -vm PATH` or `lsof` which processes use what is left, end those, and run `k8s-ha lab down` again.',
  },
  'lab-command': {
    severity: 'error',
    title: 'A command of this host failed while it worked on the lab',
    why: 'The lab cannot go on: a later step needs what this one should have made.',
    remedy: 'Read what the command said in the message and fix it, then run `k8s-ha lab up` again.',
  },
  'lab-boot': {
    severity: 'error',
    title: 'A machine did not start',
    why: 'The lab lacks a node. Its last console lines are in the message.',
    remedy:
      'Fix what the console says (often memory or inotify limits), then run `k8s-ha lab up` again: it boots what does not run.',
  },
  'lab-node-not-ready': {
    severity: 'error',
    title: 'A machine was booted but did not become ready',
    why: 'The lab lacks a node that can be logged into and that serves.',
    remedy: 'Look at it with `k8s-ha lab ssh NODE` and `systemctl --failed`, then run `k8s-ha lab up` again.',
  },
  'lab-power-off': {
    severity: 'error',
    title: "A machine's processes would not end",
    why: 'The machine counts as off and still runs in part, so that a measured loss of power would not be one.',
    remedy:
      'Look at the processes of the message with `ps -o pid,stat,wchan,cmd -p PID`. A process in state D waits for a disk; it ends with it or with a reboot.',
  },
  'lab-no-apt-sources': {
    severity: 'error',
    title: 'apt has no source for the Debian release',
    why: "The machines are built from this host's own mirrors, and none has that release.",
    remedy: 'Add the release to /etc/apt/sources.list.d, run `apt-get update`, then `k8s-ha lab up`.',
  },
  'lab-no-package-mirror': {
    severity: 'error',
    title: 'The Debian mirror could not be reached',
    why: 'The image of the machines cannot be built. Nothing was left half done.',
    remedy: 'Make `apt-get update` work on this host (network, proxy), then run the command again.',
  },
  'lab-image': {
    severity: 'error',
    title: 'The image of the machines could not be built',
    why: 'Without it no machine of the lab can boot.',
    remedy: 'Read the last lines of the build in the message and fix them, then run `k8s-ha lab up` again.',
  },
  'lab-containerfile': {
    severity: 'error',
    title: 'The recipe of a container image does not start from Debian',
    why: "The lab builds images from its machines' own Debian release, without a registry.",
    remedy:
      'Let the recipe name an image of Debian as its base (`FROM` or `ARG BASE=`), or load the finished image into the nodes with `podman load`.',
  },
  'lab-kubernetes-version': {
    severity: 'error',
    title: 'A version of Kubernetes that the lab cannot get',
    why: 'The version is misspelt, or it can only be fetched and not be built here.',
    remedy:
      'Leave the version out: `k8s-ha lab up --kubernetes`. Or fetch a release: `--kubernetes VERSION --from release`.',
  },
  'lab-binaries': {
    severity: 'error',
    title: "The folder of Kubernetes' programs is incomplete",
    why: 'A control plane needs each of them.',
    remedy:
      'Put the missing programs into the folder, or leave `--binaries` and KUBEBUILDER_ASSETS out and let the lab fetch or build them.',
  },
  'lab-download': {
    severity: 'error',
    title: 'A download failed',
    why: 'The lab has no Kubernetes to run yet. What was fetched is kept.',
    remedy:
      'Run the command again: the download continues where it stopped. Without a network, give the programs: `--binaries DIR`.',
  },
  'lab-checksum': {
    severity: 'error',
    title: 'A downloaded file has another checksum than its publisher says',
    why: 'The file was changed on the way, or the mirror is wrong. It was deleted and not run.',
    remedy: 'Run the command again. If it happens twice, use another mirror, or `--binaries DIR`.',
  },
  'lab-checksum-missing': {
    severity: 'error',
    title: 'There is no checksum for a download',
    why: 'Nothing unchecked is run, so the file was not fetched.',
    remedy: 'Use a mirror that carries the .sha256 files, or give the programs: `--binaries DIR`.',
  },
  'lab-no-go': {
    severity: 'error',
    title: 'There is no Go toolchain to build Kubernetes with',
    why: 'Kubernetes was to be built from its module and cannot be.',
    remedy: 'Install Go 1.26 or newer, or fetch a release: `k8s-ha lab up --kubernetes --from release`.',
  },
  'lab-go-build': {
    severity: 'error',
    title: 'A program of Kubernetes could not be built',
    why: 'The lab has no control plane to run. What was built is kept for the next try.',
    remedy:
      'Check that the Go module proxy can be reached (`go env GOPROXY`) and that Go is new enough (`go version`), then run the command again.',
  },
} satisfies FindingEntries;
