/* The condition in the SQL of every write of the row, and the mutants without it. */

#ifdef MUTANT_FENCE_BY_OWNER
byte owner, lateOwner;
#define OWNER (me / 2)   /* 0 and 1 are handlers of one server */
#define GUARD(itsTerm, itsOwner) (owner == itsOwner)
#else
#define OWNER 0
#define GUARD(itsTerm, itsOwner) (fence == itsTerm)
#define lateOwner 0
#endif
#ifdef MUTANT_PUBLISH_WITHOUT_GUARD
#define PUBLISH_GUARD(itsTerm, itsOwner) true
#else
#define PUBLISH_GUARD(itsTerm, itsOwner) GUARD(itsTerm, itsOwner)
#endif
#ifdef MUTANT_REKEY_WITHOUT_GUARD
#define IS_PRESENT(itsName) true
#else
#define IS_PRESENT(itsName) (generation == itsName)
#endif
