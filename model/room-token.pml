/* One room, one token: the protocol of src/tokens, for spin. README.md explains the abstractions.
 * A mutant is this text with one -D: the correct version and the mutants share every other line. */

#ifndef REPLICAS
#define REPLICAS 3   /* that mint; joins are modelled on the first two */
#endif
#ifndef TERMS
#define TERMS 3      /* leases that are granted in a run: the only bound of the model */
#endif
#define WATCHES 2

/* The promises. With -DONLY=n only promise n is checked: the one that a mutant must break. */
#define ONE_TOKEN 1    /* a generation only ever has one token value */
#define IN_ORDER 2     /* no join gets an older generation than one that finished before it began */
#define WHILE_LIVE 3   /* no new generation while the old one is live, except by a re-key */
#define LEASED 4       /* no call to CAS without the lease */
#define NAMED 5        /* a re-key ends only the generation that it names */
#ifndef ONLY
#define ONLY 0
#endif
#define PROMISE(which, holds) assert((ONLY != 0 && ONLY != which) || (holds))

/* With -DPROMPT=true no statement gets stuck; the mutants fail without stuck statements too. */
#ifndef PROMPT
#define PROMPT false
#endif
#define MAY_STICK (FAULTS && !PROMPT && lateWhat == 0)

/* The row. A time in the future is a bit, which World may clear at any moment. */
byte generation, token, fence;
bool live, leased;

#include "guards.pml"

byte terms, term[REPLICAS];   /* granted leases; the fence of the lease that a replica believes it has, */
byte named[REPLICAS];         /* the generation that its re-key must end, */
bool spent[REPLICAS];         /* whether the time for calling CAS is over: before the lease is */

/* Replicas are symmetric, so a replica acquires only while its predecessor is busy. */
#define MY_TURN (me == 0 || term[me - 1] != 0)

/* A statement whose sender no longer waits: it takes effect at any time, or never. */
mtype = { publish, end };
mtype lateWhat;
byte lateTerm;
byte lateNamed;

/* Visible from outside: the token of each generation, and the newest generation of a finished join. */
byte handed[TERMS + 1], newest;

/* With -DLIVENESS the faults end with the last lease: then, at the latest, a join must succeed. */
#ifdef LIVENESS
#define FAULTS (terms < TERMS)
#define MAY_LOSE_AN_ACQUIRE (terms < TERMS - 1)
#define OLDEST generation   /* refused re-keys are not repeated forever */
ltl handedOut { <> (newest > 0) }
#else
#define FAULTS true
#define MAY_LOSE_AN_ACQUIRE (terms < TERMS)
#define OLDEST 1
#endif

inline take(itsOwner) {
  fence++; terms++; leased = true;
#ifdef MUTANT_FENCE_BY_OWNER
  owner = itsOwner
#endif
}

inline acquire(itsName) {
  take(OWNER); term[me] = fence; named[me] = itsName;
  printf("replica %d: acquires, fence %d (to end generation %d)\n", me, fence, itsName)
}

/* CAS is called once per term, so the number of the term identifies its token. */
inline publishNow(itsTerm, itsOwner, itsName) {
  if
#ifdef MUTANT_UPSERT
  :: fence != itsTerm && generation > 0 ->
       token = itsTerm; live = true; printf("token %d replaces another\n", itsTerm)
#endif
  :: PUBLISH_GUARD(itsTerm, itsOwner) ->
       if :: live -> PROMISE(WHILE_LIVE, itsName) :: else fi;
       PROMISE(NAMED, itsName == 0 || itsName == generation);
       generation++; token = itsTerm; live = true; fence++; leased = false;
       printf("token %d is stored as generation %d\n", itsTerm, generation)
  :: else -> printf("the publish of token %d finds no row\n", itsTerm)
  fi
}

inline endNow(itsTerm, itsOwner) {
  if
  :: GUARD(itsTerm, itsOwner) ->
       fence++; leased = false; printf("the lease of fence %d is ended\n", itsTerm)
  :: else -> printf("ending the lease of fence %d finds no row\n", itsTerm)
  fi
}

inline stuck(what) {
  lateWhat = what; lateTerm = term[me]; lateNamed = named[me];
#ifdef MUTANT_FENCE_BY_OWNER
  lateOwner = OWNER;
#endif
  printf("replica %d: its %e is stuck on the way\n", me, what)
}

inline forget() { term[me] = 0; named[me] = 0; spent[me] = false }

/* Fail and release. A crash looks like a release that is never sent: the lease remains until it expires. */
inline giveUp() {
  if
  :: endNow(term[me], OWNER)
  :: MAY_STICK -> stuck(end)
  :: FAULTS -> printf("replica %d: is killed, or cannot reach the database\n", me)
  fi;
  forget()
}

/* One mint after another. Any pause may occur between two steps. */
proctype Mint(byte me) {
  byte wish;   /* of a re-key: the current generation, or an earlier one */

end_idle:
  if
#ifdef MUTANT_READ_THEN_UPDATE
  :: atomic { !live && !leased -> printf("replica %d: reads that the room is free\n", me) };
     atomic { terms < TERMS -> acquire(0) }
#else
  :: atomic { MY_TURN && !live && !leased && terms < TERMS -> acquire(0) }
#endif
  :: atomic { MY_TURN && generation > 0 && !leased && terms < TERMS ->
       select(wish : OLDEST .. generation);
       if
       :: IS_PRESENT(wish) -> acquire(wish); wish = 0
       :: else ->
            printf("replica %d: a re-key of generation %d gets 409\n", me, wish);
            wish = 0; goto end_idle
       fi }
  fi;

  if
  :: atomic { !spent[me] ->
       PROMISE(LEASED, leased && fence == term[me]);
       printf("replica %d: calls CAS\n", me) }
  :: atomic { FAULTS || spent[me] -> giveUp(); goto end_idle }
  fi;

  if
  :: atomic { printf("replica %d: CAS answers with token %d\n", me, term[me]) }
  :: atomic { FAULTS ->
       printf("replica %d: CAS fails, or its answer is lost\n", me);
       giveUp(); goto end_idle }
  fi;

send:
  if
  :: atomic { publishNow(term[me], OWNER, named[me]); forget(); goto end_idle }
  :: atomic { FAULTS -> publishNow(term[me], OWNER, named[me]);
       printf("replica %d: does not learn the result\n", me) }
  :: atomic { MAY_STICK -> stuck(publish) }
  :: atomic { FAULTS -> printf("replica %d: its publish never arrives\n", me) }
  :: atomic { FAULTS ->
       printf("replica %d: token %d has expired in the meantime\n", me, term[me]);
       giveUp(); goto end_idle }
  fi;

  /* In doubt: the row shows the result. */
  if
  :: atomic { fence == term[me] ->
       printf("replica %d: reads that its lease is still there\n", me); goto send }
  :: atomic { fence != term[me] && token == term[me] ->
       printf("replica %d: reads that its token is stored\n", me); forget(); goto end_idle }
  :: atomic { fence != term[me] && token != term[me] ->
       printf("replica %d: reads that its token is not stored\n", me); forget(); goto end_idle }
  :: atomic { FAULTS ->
       printf("replica %d: is killed, or stops asking\n", me); forget(); goto end_idle }
  fi
}

/* A join is answered. */
inline finish(itsGeneration, itsToken) {
  printf("replica %d: a join gets generation %d, token %d\n", me, itsGeneration, itsToken);
  PROMISE(ONE_TOKEN, handed[itsGeneration] == 0 || handed[itsGeneration] == itsToken);
  handed[itsGeneration] = itsToken;
  if :: itsGeneration > newest -> newest = itsGeneration :: else fi
}

/* Any number of joins on a replica, and the loop that reads for them. */
proctype Watch(byte me) {
  byte atLeast, found, itsToken;

end_waiting:
  do
  /* The last arrival before the read requires most: nothing older than the newest generation so far. */
  :: atomic { found == 0 && live ->
       atLeast = newest; found = generation; itsToken = token;
       printf("replica %d: a join begins, and a read for it, of generation %d\n", me, found) }
#ifdef MUTANT_JOIN_RUNNING_READ
  :: atomic { found != 0 -> atLeast = newest; printf("replica %d: a join begins, and waits\n", me) }
#endif
#ifdef MUTANT_CACHE
  :: atomic { found != 0 ->
       atLeast = newest; printf("replica %d: a join begins, and remembers\n", me);
       PROMISE(IN_ORDER, found >= atLeast);
       finish(found, itsToken) }
#else
  :: atomic { found != 0 ->
       PROMISE(IN_ORDER, found >= atLeast);
       finish(found, itsToken);
       atLeast = 0; found = 0; itsToken = 0 }
  :: atomic { found != 0 && FAULTS ->
       printf("replica %d: the answer is lost, the joins get 503\n", me);
       atLeast = 0; found = 0; itsToken = 0 }
#endif
  od
}

/* The environment: time passes, and stuck statements arrive. */
proctype World() {
  byte i;

end_still: do
  :: atomic { live && FAULTS -> live = false; printf("serve_until passes\n") }
#ifndef MUTANT_LEASE_WITHOUT_END
  :: atomic { leased && FAULTS ->
       leased = false; printf("the lease runs out\n");
       for (i : 0 .. REPLICAS - 1) { if :: term[i] == fence -> spent[i] = true :: else fi }
       i = 0 }
#endif
  :: atomic { !live && !leased && MAY_LOSE_AN_ACQUIRE ->
       take(1); printf("a replica acquires, fence %d, and never learns it\n", fence) }
  :: atomic { lateWhat != 0 ->
       if
       :: lateWhat == publish -> publishNow(lateTerm, lateOwner, lateNamed)
       :: lateWhat == end -> endNow(lateTerm, lateOwner)
       :: printf("what was stuck is lost\n")
       fi;
       lateWhat = 0; lateTerm = 0; lateNamed = 0 }
  od
}

init {
  byte i;
  atomic {
    run World();
    for (i : 0 .. REPLICAS - 1) { run Mint(i) }
    for (i : 0 .. WATCHES - 1) { run Watch(i) }
    i = 0
  }
}
