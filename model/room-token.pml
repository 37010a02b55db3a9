/* One room, one token: the protocol of src/tokens, for spin. README.md tells what stands for what.
 * A mutant is this text with one -D: the correct version and the mutants share every other line. */

#ifndef REPLICAS
#define REPLICAS 3   /* that mint; who joins on the first two is watched */
#endif
#ifndef TERMS
#define TERMS 3      /* leases that are given in one run: the one thing that bounds it */
#endif
#define WATCHES 2

/* The promises. With -DONLY=n the others are not looked at: what must a mutant break? */
#define ONE_TOKEN 1    /* for a generation one token value is ever handed out */
#define IN_ORDER 2     /* no join gets an older generation than one that finished before it began */
#define WHILE_LIVE 3   /* no new generation while the old one is live, but by a re-key */
#define LEASED 4       /* no call of CAS without the lease */
#define NAMED 5        /* a re-key ends the generation that it names, and no other */
#ifndef ONLY
#define ONLY 0
#endif
#define PROMISE(which, holds) assert((ONLY != 0 && ONLY != which) || (holds))

/* With -DPROMPT=true no statement gets stuck: the mutants break without that, too. */
#ifndef PROMPT
#define PROMPT false
#endif
#define MAY_STICK (FAULTS && !PROMPT && lateWhat == 0)

/* The row. That a time lies ahead is a bit, which World clears whenever it likes. */
byte generation, token, fence;
bool live, leased;

#include "guards.pml"

byte terms, term[REPLICAS];   /* leases given; the fence of the one that a replica thinks it has, */
byte named[REPLICAS];         /* the generation that it is to end by a re-key, */
bool spent[REPLICAS];         /* whether the time for calling CAS is over: before the lease is */

/* Replicas are alike, so that it is enough to let one acquire when the one before it is busy. */
#define MY_TURN (me == 0 || term[me - 1] != 0)

/* A statement whose sender no longer waits for it: effective at any time, or never. */
mtype = { publish, end };
mtype lateWhat;
byte lateTerm;
byte lateNamed;

/* What is seen from outside: the token of each generation, the newest that a finished join got. */
byte handed[TERMS + 1], newest;

/* With -DLIVENESS the faults end with the last lease: then, at the latest, a join must succeed. */
#ifdef LIVENESS
#define FAULTS (terms < TERMS)
#define MAY_LOSE_AN_ACQUIRE (terms < TERMS - 1)
#define OLDEST generation   /* nobody goes on for ever to ask for what is refused */
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

/* CAS is called once in a term: the number of the term names the token that came of it. */
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

/* Fail and release. A crash looks like one that is never sent: the lease stays until it expires. */
inline giveUp() {
  if
  :: endNow(term[me], OWNER)
  :: MAY_STICK -> stuck(end)
  :: FAULTS -> printf("replica %d: is killed, or cannot reach the database\n", me)
  fi;
  forget()
}

/* One mint after another. Between any two steps it may be paused for as long as you like. */
proctype Mint(byte me) {
  byte wish;   /* of a re-key, whoever made it up: the present generation, or one of before */

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
            printf("replica %d: a re-key of generation %d is told 409\n", me, wish);
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
       printf("replica %d: does not hear what became of it\n", me) }
  :: atomic { MAY_STICK -> stuck(publish) }
  :: atomic { FAULTS -> printf("replica %d: its publish never arrives\n", me) }
  :: atomic { FAULTS ->
       printf("replica %d: token %d has died meanwhile\n", me, term[me]);
       giveUp(); goto end_idle }
  fi;

  /* In doubt: the row tells what became of it. */
  if
  :: atomic { fence == term[me] ->
       printf("replica %d: reads that its lease is still there\n", me); goto send }
  :: atomic { fence != term[me] && token == term[me] ->
       printf("replica %d: reads that its token is stored\n", me); forget(); goto end_idle }
  :: atomic { fence != term[me] && token != term[me] ->
       printf("replica %d: reads that its token is not stored\n", me); forget(); goto end_idle }
  :: atomic { FAULTS ->
       printf("replica %d: is killed, or asks no longer\n", me); forget(); goto end_idle }
  fi
}

/* A join has its answer. */
inline finish(itsGeneration, itsToken) {
  printf("replica %d: a join gets generation %d, token %d\n", me, itsGeneration, itsToken);
  PROMISE(ONE_TOKEN, handed[itsGeneration] == 0 || handed[itsGeneration] == itsToken);
  handed[itsGeneration] = itsToken;
  if :: itsGeneration > newest -> newest = itsGeneration :: else fi
}

/* The joins on one replica, as many as you like, and the loop that reads for them. */
proctype Watch(byte me) {
  byte atLeast, found, itsToken;

end_waiting:
  do
  /* The one that arrived last before the read wants most: nothing older than what is out by now. */
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

/* What nobody does: time passes, and what was stuck arrives. */
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
       take(1); printf("somebody acquires, fence %d, and never hears of it\n", fence) }
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
