import type { TemplateReading } from '../template/reading.ts';

/** Where an agent cannot reach an address on loopback; other resources may be machines too, these are for sure. */
const MACHINE =
  /^(docker_container|podman_container|kubernetes_(pod|deployment|stateful_set)(_v1)?|aws_instance|google_compute_instance|azurerm_(linux_)?virtual_machine|hcloud_server|digitalocean_droplet|proxmox_.*vm.*|lxd_instance|incus_instance)$/;

/** The first resource that makes a machine of its own: `docker_container.workspace`. */
export const machineOf = ({ folders }: TemplateReading): string | undefined =>
  folders
    .flatMap(({ resources }) => resources)
    .filter(({ mode, type }) => mode === 'managed' && MACHINE.test(type))
    .map(({ type, name }) => `${type}.${name}`)
    .at(0);
