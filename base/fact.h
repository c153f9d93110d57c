/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/fact.h - what an error states, where other programs have words of their own for the same.
 *
 * Scripts match on messages of Docker. Who makes such an error says which fact it is and what it is
 * about (error_state); whoever prints it may then use the words of the program that was called. The
 * strings that belong to a fact are named behind it.
 */
#pragma once

enum fact {
	FACT_NONE,
	FACT_OF_CLIENT, /* of what the user handed over, a file or words; the text says all of it */
	/* Of the command line. */
	FACT_UNKNOWN_OPTION,  /* --option */
	FACT_UNKNOWN_LETTER,  /* the letter, the word that it is in */
	FACT_NO_VALUE,	      /* --option */
	FACT_NO_LETTER_VALUE, /* the letter, the word that it is in */
	FACT_BAD_VALUE,	      /* the value with its option, why */
	FACT_TOO_FEW,	      /* "1 argument" */
	FACT_TOO_MANY,	      /* the same */
	FACT_NOT_SO_MANY,     /* the same: exactly */
	FACT_NO_ARGUMENTS,
	FACT_UNKNOWN_COMMAND, /* the word */
	FACT_UNKNOWN_VERB,    /* the word behind the noun */
	/* Of objects. */
	FACT_NO_OBJECT,	     /* the name */
	FACT_NO_CONTAINER,   /* the name */
	FACT_NO_IMAGE,	     /* the reference */
	FACT_NO_NETWORK,     /* the name */
	FACT_NO_VOLUME,	     /* the name */
	FACT_NAME_TAKEN,     /* the name, the id of the container that has it */
	FACT_STILL_RUNNING,  /* the name of the container to remove */
	FACT_STILL_PAUSED,   /* the same */
	FACT_NOT_RUNNING,    /* the container's id */
	FACT_KILL_STOPPED,   /* the same, the name: that is to be killed */
	FACT_PAUSED,	     /* the same: nothing can be executed */
	FACT_ALREADY_PAUSED, /* the same */
	FACT_NOT_PAUSED,     /* the same */
	FACT_START_PAUSED,   /* the same */
	FACT_NETWORK_EXISTS, /* the name */
	FACT_NETWORK_IN_USE, /* the name, names of containers */
	FACT_NETWORK_DENIED, /* nobody may do this to it; the text says all of it */
	FACT_NOT_CONNECTED,  /* the container's id, the network */
	FACT_VOLUME_IN_USE,  /* the name, names of containers */
	FACT_IMAGE_IN_USE,   /* the reference, the container */
	FACT_IMAGE_SHARED,   /* the reference: other repositories name it, too */
	/* Of builds. */
	FACT_STEP_EXITED, /* the exit code of a RUN, not 0; its command, as much of it as fits */
	FACT_COUNT
};
