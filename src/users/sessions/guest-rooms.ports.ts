/** What the rooms of guests say about their sign-ins. Rooms fulfil this. */
export abstract class GuestRooms {
  /**
   * SQL for whether the room lets its guests be signed in now, by the database's clock.
   * @param roomId an expression for the room's id
   */
  abstract isOpenSql(roomId: string): string;
}
