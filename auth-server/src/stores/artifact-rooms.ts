/** The room that artifacts take in memory: so much for each kind of holder, of which each holder has a fair share. */
import { FairRoom, type Holding } from 'shared/core/fair-room.ts';
import { type ArtifactModels, type Holder, StoreFull } from '../core/grants/artifact-store.ts';

/** How much a kind of holder may have, in bytes. */
interface Limits {
  /** Of what may be dropped: to make room, the oldest go of the largest share. */
  passing: number;
  /** Of what must last: whoever has a quarter of what is still free may store no more. */
  lasting: number;
}

export type RoomLimits = Readonly<Record<Holder['of'], Limits>>;

const MIB = 1024 * 1024;

export const ROOM_LIMITS: RoomLimits = {
  strangers: { passing: 64 * MIB, lasting: 32 * MIB },
  newcomers: { passing: 16 * MIB, lasting: 16 * MIB },
  clients: { passing: 32 * MIB, lasting: 64 * MIB },
  users: { passing: 128 * MIB, lasting: 16 * MIB },
};

/** What a record takes besides its JSON, as measured and rounded up, in bytes: by itself, and for each of its names. */
const OVERHEAD = { record: 512, name: 256 };

/** The place of a record. */
export interface Place {
  holder: Holder;
  room: FairRoom;
  holding: Holding;
}

export interface StoredRecord {
  model: string;
  key: string;
  json: string;
  /** What it is also looked up by. */
  names: string[];
  holder: Holder;
}

export function artifactRooms(models: ArtifactModels, limits: RoomLimits) {
  const rooms = {
    strangers: roomsOf(limits.strangers),
    newcomers: roomsOf(limits.newcomers),
    clients: roomsOf(limits.clients),
    users: roomsOf(limits.users),
  };

  return {
    /**
     * A place for a record, instead of the one that it had.
     *
     * @returns the place, and the keys of what was dropped for it
     * @throws {StoreFull} when there is no room and none can be made; the record keeps the place that it had
     */
    place(
      { model, key, json, names, holder }: StoredRecord,
      known: Place | undefined,
    ): { place: Place; dropped: string[] } {
      const size = bytesOf(json) + OVERHEAD.record + names.length * OVERHEAD.name;
      const lasting = models[model]?.mustLast === 'always';
      const room = rooms[holder.of][lasting ? 'lasting' : 'passing'];
      const owner = lasting ? holder.name : shareOf(model, size, holder);
      const more = known?.room === room ? size - known.holding.size : size;
      if (lasting ? !room.leavesRoom(owner, more, 1 / 4) : !room.fits(size))
        throw new StoreFull('the store is full');
      known?.room.remove(known.holding);
      const dropped = lasting ? [] : room.makeRoom(size);
      return { place: { holder, room, holding: room.add(owner, key, size) }, dropped };
    },
  };
}

function roomsOf({ passing, lasting }: Limits) {
  return { passing: new FairRoom(passing), lasting: new FairRoom(lasting) };
}

/**
 * The share that a record belongs to, with all others of its model and its holder that are about as large. So a flood of long
 * requests drops none of usual length, even from the same address.
 */
function shareOf(model: string, size: number, { name }: Holder): string {
  return `${model} ${Math.floor(Math.log2(size))} ${name}`;
}

/** How much memory V8 takes for a text: two bytes for each character when at least one of them needs two. */
function bytesOf(text: string): number {
  return /[^\0-\xff]/.test(text) ? 2 * text.length : text.length;
}
