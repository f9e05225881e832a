import { bool, list, string, type Value } from '../value.ts';
import { addressOf, addressText, isMapped, masked, maskOf, networkOf, networkText, type Network } from './address.ts';
import { fail, MANY, notComputed, plain, type Arguments, type FunctionTable, type LatticeFunction } from './call.ts';

/** A function whose first argument is a network. */
const ofNetwork = (
  arity: number | readonly [number, number],
  compute: (network: Network, args: Arguments) => Value,
): LatticeFunction =>
  plain(arity, (args) => {
    const network = networkOf(args.text(0));
    return isMapped(network) ? notComputed(args.call) : compute(network, args);
  });

/** The n-th address; a negative number counts from the end. */
function host(network: Network, args: Arguments): Value {
  const number = BigInt(args.integer(1));
  const size = 1n << BigInt(network.bits - network.prefix);
  const place = number < 0n ? size + number : number;
  if (place < 0n || place >= size) fail('the network has no such address');
  return string(addressText(network.address + place, network.bits));
}

function subnet(network: Network, args: Arguments): Value {
  const [longer, number] = [args.integer(1), args.integer(2)];
  if (longer < 0 || number < 0) return notComputed(args.call);
  const prefix = network.prefix + longer;
  if (prefix > network.bits || BigInt(number) >= 1n << BigInt(longer)) fail('the network has no such part');
  const address = network.address + (BigInt(number) << BigInt(network.bits - prefix));
  return string(networkText({ ...network, address, prefix }));
}

/** Parts that follow each other, each at a multiple of its own size. */
function subnets(network: Network, args: Arguments): Value {
  const end = network.address + (1n << BigInt(network.bits - network.prefix));
  let next = network.address;
  const made = args.from(1).map((_, at) => {
    const longer = args.integer(at + 1);
    const prefix = network.prefix + longer;
    if (longer < 1 || longer > 32 || prefix > network.bits) fail('the network has no such part');
    const size = 1n << BigInt(network.bits - prefix);
    const address = ((next + size - 1n) / size) * size;
    next = address + size;
    if (next > end) fail('the network is too small');
    return string(networkText({ ...network, address, prefix }));
  });
  return list(made);
}

/** OpenTofu: whether an address or a whole network is inside. */
function contains(network: Network, args: Arguments): Value {
  const other = args.text(1);
  const inner = other.includes('/') ? networkOf(other) : { ...addressOf(other), prefix: network.bits };
  if (inner.bits !== network.bits) fail('the addresses are of different versions');
  return bool(inner.prefix >= network.prefix && masked({ ...inner, prefix: network.prefix }).address === network.address);
}

export const NETWORK: FunctionTable = {
  cidrcontains: ofNetwork(2, contains),
  cidrhost: ofNetwork(2, host),
  cidrnetmask: ofNetwork(1, ({ bits, prefix }) =>
    bits === 32 ? string(addressText(maskOf(prefix, bits), bits)) : fail('only networks of version 4 have a mask'),
  ),
  cidrsubnet: ofNetwork(3, subnet),
  cidrsubnets: ofNetwork([1, MANY], subnets),
};
