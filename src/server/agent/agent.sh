#!/bin/sh
# The agent of prebuilds: runs the scripts of one workspace and tells the server how they went (agent-protocol 2 to 6, 10). It needs a
# POSIX sh and one of curl, wget and busybox. Fetched and started by the loader. Names start with pb_ so that they meet no variable of
# the image; m_ are the callbacks and values of the manifest.
set +eu
pb_termed='' pb_client_pid='' pb_watch='' pb_nap=''
pb_on_term() {
  pb_termed=1
  kill -9 $pb_client_pid $pb_nap 2>/dev/null
}
trap pb_on_term TERM INT

pb_main=$$
pb_home=${0%/*}
[ "$pb_home" != "$0" ] || pb_home=.
case $pb_home in /*) ;; *) pb_home=$PWD/$pb_home ;; esac
pb_run=$pb_home/run
pb_gen=0 pb_ran=0 pb_seq=0 pb_life=created
pb_runner='' pb_uploader='' pb_meta='' pb_mode=off
pb_most=3 pb_superseded='' pb_stopped='' pb_fails=0 pb_denied=0 pb_resync='' pb_hold=0 pb_told=''

pb_say() { printf 'prebuilds: %s\n' "$*" >&2; }

# --- what is here ---------------------------------------------------------------------------------------------------------------

pb_uuid() {
  pb_proc=
  { read -r pb_proc </proc/sys/kernel/random/uuid; } 2>/dev/null
  [ -n "$pb_proc" ] || pb_proc=$$-$(date +%s)
}

# Seconds of a clock that nobody sets; without a child where there is /proc.
pb_clock() {
  pb_now=
  { read -r pb_now pb_x </proc/uptime; } 2>/dev/null
  if [ -n "$pb_now" ]; then pb_now=${pb_now%.*}; else pb_now=$(date +%s); fi
}

# One of curl, GNU wget 1 (both take the token in a header that no ps shows) and any other wget (token in the body).
pb_pick_client() {
  if command -v curl >/dev/null 2>&1; then
    pb_client=curl
    return
  fi
  case $(wget --help 2>&1 </dev/null) in
  *"GNU Wget 1"*) pb_client=wget ;;
  *) pb_client=busybox ;;
  esac
}

# Shell of the user, and HOME and USER where they are missing (a service of the system has none).
pb_passwd() {
  pb_shell=
  pb_uid=$(id -u 2>/dev/null)
  while IFS=: read -r pb_name pb_x pb_number pb_x pb_x pb_dir pb_path; do
    [ "$pb_number" = "$pb_uid" ] || continue
    pb_shell=$pb_path
    [ -n "${HOME-}" ] || HOME=$pb_dir
    [ -n "${USER-}" ] || USER=$pb_name
    break
  done 2>/dev/null </etc/passwd
  [ -n "${HOME-}" ] || HOME=/
  export HOME
  [ -z "${USER-}" ] || export USER
  case $pb_shell in */nologin | */false) pb_shell= ;; esac
  [ -n "$pb_shell" ] && [ -x "$pb_shell" ] || pb_shell=sh
}

pb_find_token() {
  [ -n "${CODER_AGENT_TOKEN-}" ] || [ ! -r "${CODER_AGENT_TOKEN_FILE-}" ] || read -r CODER_AGENT_TOKEN <"$CODER_AGENT_TOKEN_FILE"
  case ${CODER_AGENT_TOKEN-} in
  '' | *[!A-Za-z0-9._~+/=-]*)
    pb_say "CODER_AGENT_TOKEN is missing, or is no agent token; give it to the agent's environment"
    exit 1
    ;;
  esac
  case ${CODER_AGENT_URL-} in
  */) ;;
  ?*) CODER_AGENT_URL=$CODER_AGENT_URL/ ;;
  *)
    pb_say "CODER_AGENT_URL is missing"
    exit 1
    ;;
  esac
  CODER=true
  export CODER CODER_AGENT_TOKEN CODER_AGENT_URL
}

pb_folders() {
  rm -rf "$pb_run"
  mkdir -m 700 "$pb_run" "$pb_run/pg" || exit 1
  (
    umask 077
    printf 'header = "Authorization: Bearer %s"\nheader = "Content-Type: application/octet-stream"\nheader = "Expect:"\n' \
      "$CODER_AGENT_TOKEN" >"$pb_run/curl"
    printf 'header = Authorization: Bearer %s\nheader = Content-Type: application/octet-stream\nhsts = off\n' \
      "$CODER_AGENT_TOKEN" >"$pb_run/wgetrc"
    printf 'token %s\n' "$CODER_AGENT_TOKEN" >"$pb_run/token"
  )
  # What scripts install here outlives the agent, like their daemons do.
  CODER_SCRIPT_DATA_DIR=${pb_home%/*}/coder-script-data
  mkdir -m 700 "$CODER_SCRIPT_DATA_DIR" 2>/dev/null
  [ -O "$CODER_SCRIPT_DATA_DIR" ] && [ -w "$CODER_SCRIPT_DATA_DIR" ] && [ ! -h "$CODER_SCRIPT_DATA_DIR" ] ||
    CODER_SCRIPT_DATA_DIR=$pb_run/data
  CODER_SCRIPT_BIN_DIR=$CODER_SCRIPT_DATA_DIR/bin
  mkdir -p "$CODER_SCRIPT_BIN_DIR"
  export CODER_SCRIPT_DATA_DIR CODER_SCRIPT_BIN_DIR
  pb_shim=$pb_run/bin
  mkdir "$pb_shim"
  command -v coder >/dev/null 2>&1 || pb_write_shim
  pb_write_state created 0
}

# --- requests -------------------------------------------------------------------------------------------------------------------

# A child between fork and exec has the handlers of its parent and not its traps: a TERM that comes then is lost. So what is a program is
# killed for good, a timer asks a file whether its time is over already, and who was told to end while it started a child ends it.

# A pause that TERM ends.
pb_sleep() {
  [ -z "$pb_termed" ] || return
  sleep "$1" </dev/null >/dev/null 2>&1 &
  pb_nap=$!
  [ -z "$pb_termed" ] || kill -9 "$pb_nap"
  wait "$pb_nap" 2>/dev/null
  pb_nap=
}

# pb_fetch WHO PATH LIMIT: posts run/WHO.in, answer in run/WHO.out. False on any failure; pb_status is 401 where the client tells.
pb_fetch() {
  pb_file=$pb_run/$1
  pb_status=
  : >"$pb_file.out"
  [ -z "$pb_termed" ] || [ "$1" = last ] || return 1
  case $pb_client in
  curl)
    curl -sS -f -m "$3" -K "$pb_run/curl" -w '%{http_code}' -o "$pb_file.out" --data-binary "@$pb_file.in" \
      "$CODER_AGENT_URL$2" </dev/null >"$pb_file.code" 2>/dev/null &
    pb_client_pid=$!
    ;;
  wget)
    WGETRC=$pb_run/wgetrc wget -q -O "$pb_file.out" --tries=1 -T "$3" --post-file="$pb_file.in" \
      "$CODER_AGENT_URL$2" </dev/null >/dev/null 2>&1 &
    pb_client_pid=$!
    ;;
  *)
    cat "$pb_run/token" "$pb_file.in" >"$pb_file.req"
    wget -q -O "$pb_file.out" --post-file "$pb_file.req" "$CODER_AGENT_URL$2" </dev/null >/dev/null 2>"$pb_file.err" &
    pb_client_pid=$!
    # Its builds know no time limit.
    (
      trap 'kill -9 $! 2>/dev/null; exit' TERM
      [ -s "$pb_file.req" ] || exit
      sleep "$3" &
      wait $!
      kill "$pb_client_pid"
    ) </dev/null >/dev/null 2>&1 &
    pb_watch=$!
    ;;
  esac
  [ -z "$pb_termed" ] || [ "$1" = last ] || kill -9 "$pb_client_pid"
  wait "$pb_client_pid" 2>/dev/null
  pb_code=$?
  pb_client_pid=
  if [ -n "$pb_watch" ]; then
    pb_end_watch
    wait "$pb_watch" 2>/dev/null
    pb_watch=
  fi
  [ "$pb_code" != 0 ] || return 0
  case $pb_client in
  curl) { read -r pb_status <"$pb_file.code"; } 2>/dev/null ;;
  wget) [ "$pb_code" != 6 ] || pb_status=401 ;;
  *) case $(cat "$pb_file.err") in *' 401 '*) pb_status=401 ;; esac ;;
  esac
  return 1
}

pb_end_watch() {
  : >"$pb_file.req"
  kill "$pb_watch" 2>/dev/null
}

# What a helper started for itself.
pb_drop_children() {
  [ -z "$pb_watch" ] || pb_end_watch
  kill -9 $pb_client_pid $pb_nap 2>/dev/null
}

# Whether an answer is whole.
pb_ended() { [ "$(tail -n 1 "$pb_run/$1.out" 2>/dev/null)" = "$2" ]; }

pb_is_number() { case $1 in '' | *[!0-9]*) return 1 ;; esac; }

# --- state: number of the last change, lifecycle; both in one file, since helpers change it -----------------------------------------

pb_write_state() {
  printf '%s %s\n' "$2" "$1" >"$pb_run/state.new"
  mv "$pb_run/state.new" "$pb_run/state"
}

pb_read_state() { read -r pb_seq pb_life <"$pb_run/state"; }

# pb_enter WHO LIFE: a change of state, told at once for speed; what gets lost goes with the next poll.
pb_enter() {
  pb_read_state
  pb_seq=$((pb_seq + 1)) pb_life=$2
  pb_write_state "$pb_life" "$pb_seq"
  cat "$pb_run/results" >"$pb_run/$1.in" 2>/dev/null
  pb_tell "$1" && pb_acked
}

# pb_tell WHO: the state as it is, with the results in run/WHO.in. True when the server heard it.
pb_tell() { pb_fetch "$1" "agent/v1/report?proc=$pb_proc&gen=$pb_gen&seq=$pb_seq&life=$pb_life" 10 && pb_ended "$1" end; }

pb_acked() { echo "$pb_seq" >"$pb_run/acked"; }

# --- processes ------------------------------------------------------------------------------------------------------------------

# Pids below $1, children first, and $1 itself, by one look at /proc.
pb_tree() {
  pb_pairs=
  for pb_stat in /proc/[0-9]*/stat; do
    pb_line=
    { read -r pb_line <"$pb_stat"; } 2>/dev/null
    pb_rest=${pb_line##*) }
    pb_rest=${pb_rest#? }
    pb_pairs="$pb_pairs ${pb_line%% *}:${pb_rest%% *}"
  done
  pb_below "$1"
}

pb_below() {
  for pb_pair in $pb_pairs; do
    case $pb_pair in *":$1") pb_below "${pb_pair%%:*}" ;; esac
  done
  echo "$1"
}

# pb_kill SIGNAL PID: a script and everything it started and did not put aside.
pb_kill() {
  if [ -n "$pb_setsid" ]; then
    kill "-$1" "-$2" 2>/dev/null || kill "-$1" "$2" 2>/dev/null
    return
  fi
  [ -f "$pb_run/pg/tree-$2" ] || pb_tree "$2" >"$pb_run/pg/tree-$2"
  while read -r pb_pid; do kill "-$1" "$pb_pid" 2>/dev/null; done <"$pb_run/pg/tree-$2"
}

pb_lives() {
  if [ -n "$pb_setsid" ]; then kill -0 "-$1" 2>/dev/null && return; fi
  [ ! -f "$pb_run/pg/tree-$1" ] || while read -r pb_pid; do kill -0 "$pb_pid" 2>/dev/null && return; done <"$pb_run/pg/tree-$1"
  kill -0 "$1" 2>/dev/null
}

# TERM, up to 5 s, KILL.
pb_end_group() {
  pb_kill TERM "$1"
  pb_tries=0
  while pb_lives "$1" && [ "$pb_tries" -lt 5 ]; do
    sleep 1
    pb_tries=$((pb_tries + 1))
  done
  pb_kill KILL "$1"
}

# Ends a helper of the agent, which ends its own children in its trap. The second wait is for a TERM that ends the first.
pb_end_helper() {
  [ -n "$1" ] || return
  kill -TERM "$1" 2>/dev/null
  wait "$1" 2>/dev/null
  wait "$1" 2>/dev/null
}

# Forgets helpers that have ended: their numbers may become those of others.
pb_forget_ended() {
  [ -z "$pb_runner" ] || kill -0 "$pb_runner" 2>/dev/null || pb_runner=
  [ -z "$pb_uploader" ] || kill -0 "$pb_uploader" 2>/dev/null || pb_uploader=
}

# --- one script -----------------------------------------------------------------------------------------------------------------

# pb_expand TEXT: ~ and $HOME at the beginning of a path.
pb_expand() {
  case $1 in
  '~' | '$HOME' | '${HOME}') pb_path=$HOME ;;
  '~/'* | '$HOME/'* | '${HOME}/'*) pb_path=$HOME/${1#*/} ;;
  *) pb_path=$1 ;;
  esac
}

# Environment and folder of a script; called in its own process.
pb_inside() {
  trap - TERM INT
  PREBUILDS_SYNC_DIR=$pb_run/sync-$pb_gen
  export PREBUILDS_SYNC_DIR
  m_env
  PATH=$PATH:$CODER_SCRIPT_BIN_DIR:$pb_shim
  export PATH
  cd "$HOME" 2>/dev/null || cd /
  pb_expand "$m_dir"
  [ -z "$pb_path" ] || cd "$pb_path" 2>/dev/null || echo "prebuilds: there is no folder $pb_path; the script runs in $PWD"
}

# pb_exec FILE: becomes the interpreter of a script. Templates indent, and images have their shells elsewhere.
pb_exec() {
  while IFS= read -r pb_line || [ -n "$pb_line" ]; do
    pb_line=${pb_line#"${pb_line%%[! 	]*}"}
    [ -z "$pb_line" ] || break
  done <"$1"
  pb_script=$1
  case $pb_line in
  '#!'*)
    set -f
    set -- ${pb_line#??}
    case "$1 $2" in */env\ -S) shift 2 ;; */env\ -* | */env\ *=*) ;; */env\ ?*) shift ;; esac
    [ -x "$1" ] || { pb_x=${1##*/} && shift && set -- "$pb_x" "$@"; }
    command -v "$1" >/dev/null 2>&1 || {
      echo "prebuilds: this script needs $1, which is not installed here"
      exit 127
    }
    ;;
  *) set -- "$pb_shell" ;;
  esac
  [ -z "$pb_setsid" ] || exec "$pb_setsid" "$@" "$pb_script"
  exec "$@" "$pb_script"
}

# pb_log_file ID: empty log of a script. A log path of the template is the file itself; the link is what gets sent.
pb_log_file() {
  pb_log=$pb_run/log-$pb_gen/$1.log
  if [ -f "$pb_run/gen/$1.path" ]; then
    pb_expand "$(cat "$pb_run/gen/$1.path")"
    case $pb_path in /*) ;; *) pb_path=${TMPDIR:-/tmp}/$pb_path ;; esac
    if (: >"$pb_path") 2>/dev/null; then
      ln -sf "$pb_path" "$pb_log"
      return
    fi
    rm -f "$pb_log"
    echo "prebuilds: $pb_path cannot be written; the log is kept by the agent" >"$pb_log"
    return
  fi
  [ -f "$pb_log" ] || : >"$pb_log"
}

# pb_one ID LIMIT: runs it to its end. Output goes to a file, so a daemon left behind holds nothing open.
pb_one() {
  trap - TERM INT
  pb_log_file "$1"
  pb_clock
  pb_began=$pb_now
  (
    pb_inside
    pb_exec "$pb_run/gen/$1.sh"
  ) </dev/null >>"$pb_log" 2>&1 &
  pb_child=$!
  echo "$pb_child" >"$pb_run/pg/$1"
  [ ! -f "$pb_run/pg/tree-end" ] || pb_end_group "$pb_child"
  pb_limiter=
  if [ "$2" -gt 0 ]; then
    echo on >"$pb_run/gen/$1.on"
    (
      trap 'kill -9 $! 2>/dev/null; exit' TERM
      [ -s "$pb_run/gen/$1.on" ] || exit
      sleep "$2" &
      wait $!
      trap '' TERM
      : >"$pb_run/gen/$1.late"
      pb_end_group "$pb_child"
    ) </dev/null >/dev/null 2>&1 &
    pb_limiter=$!
  fi
  wait "$pb_child" 2>/dev/null
  pb_code=$?
  if [ -n "$pb_limiter" ]; then
    : >"$pb_run/gen/$1.on"
    [ -f "$pb_run/gen/$1.late" ] || kill "$pb_limiter" 2>/dev/null
    wait "$pb_limiter" 2>/dev/null
  fi
  rm -f "$pb_run/pg/$1"
  [ ! -f "$pb_run/gen/$1.late" ] || pb_code=timeout
  pb_clock
  echo "$1 $pb_code $((pb_now - pb_began))" >"$pb_run/gen/$1.result"
}

# pb_run_all start|stop LIMIT: all scripts of a kind at once. Runs as a helper; TERM ends the scripts.
pb_run_all() {
  trap pb_run_ended TERM INT
  pb_termed=
  rm -f "$pb_run"/gen/*.result "$pb_run"/gen/*.late
  pb_count=0
  while read -r pb_id pb_when pb_limit; do
    case $pb_when in "$1" | both) ;; *) continue ;; esac
    if [ "$1" = stop ]; then
      [ "$pb_limit" -gt 0 ] || pb_limit=60
      [ "$2" -le 0 ] || [ "$pb_limit" -le "$2" ] || pb_limit=$2
    fi
    pb_one "$pb_id" "$pb_limit" &
    pb_count=$((pb_count + 1))
  done <"$pb_run/gen/list"
  wait
  : >"$pb_run/results"
  pb_outcome=ok
  [ "$pb_count" = 0 ] || pb_judge "$1"
}

pb_run_ended() {
  trap '' TERM INT
  pb_drop_children
  # For those that have begun and did not write their number yet.
  : >"$pb_run/pg/tree-end"
  for pb_pg in "$pb_run"/pg/*; do
    case $pb_pg in */tree-* | */\*) continue ;; esac
    read -r pb_pid <"$pb_pg" && pb_end_group "$pb_pid" &
  done
  wait
  exit 0
}

pb_judge() {
  while read -r pb_id pb_when pb_limit; do
    case $pb_when in "$1" | both) ;; *) continue ;; esac
    pb_x="$pb_id 143 0"
    { read -r pb_x <"$pb_run/gen/$pb_id.result"; } 2>/dev/null
    echo "$pb_x" >>"$pb_run/results"
    case $pb_x in
    *' timeout '*) pb_outcome=timeout ;;
    *' 0 '*) ;;
    *) [ "$pb_outcome" = timeout ] || pb_outcome=error ;;
    esac
  done <"$pb_run/gen/list"
}

pb_start_scripts() {
  pb_run_all start 0
  pb_hand_in run 12
  : >"$pb_run/done-$pb_gen"
  case $pb_outcome in ok) pb_enter run ready ;; *) pb_enter run "start_$pb_outcome" ;; esac
}

# --- logs -----------------------------------------------------------------------------------------------------------------------

# pb_push WHO FOLDER GENERATION [FORCE]: at most pb_most chunks. True when the server holds everything, 1 = failed, 2 = there is more.
# The server says from where to go on, in both directions.
pb_push() {
  pb_more=0 pb_chunks=0
  for pb_log in "$2"/*.log; do
    [ -f "$pb_log" ] || continue
    pb_id=${pb_log##*/}
    pb_id=${pb_id%.log}
    pb_have=0
    { read -r pb_have <"$2/$pb_id.have"; } 2>/dev/null
    # Empty for the moment in which another helper writes it.
    [ -n "$pb_have" ] || pb_have=0
    if [ "$pb_have" = full ]; then
      # Nobody will read more of it: do not let a daemon fill the disk.
      [ -h "$pb_log" ] || [ "$(wc -c <"$pb_log")" -lt 1048576 ] || : >"$pb_log"
      continue
    fi
    pb_size=$(wc -c <"$pb_log")
    pb_size=$((pb_size + 0))
    [ "$pb_size" -gt "$pb_have" ] || [ -n "${4-}" ] || continue
    [ "$pb_chunks" -lt "$pb_most" ] || [ -n "${4-}" ] || return 2
    pb_chunks=$((pb_chunks + 1))
    tail -c "+$((pb_have + 1))" "$pb_log" | head -c 65536 | LC_ALL=C tr '\000' '?' >"$pb_run/$1.in"
    pb_fetch "$1" "agent/v1/log?proc=$pb_proc&gen=$3&script=$pb_id&off=$pb_have" 30 && pb_ended "$1" end || return 1
    while read -r pb_key pb_value; do
      case $pb_key in
      have) pb_is_number "$pb_value" && pb_have=$pb_value ;;
      full) pb_have=full ;;
      esac
    done <"$pb_run/$1.out"
    echo "$pb_have" >"$2/$pb_id.have"
    [ "$pb_have" = full ] || [ "$pb_have" -ge "$pb_size" ] || pb_more=2
  done
  return "$pb_more"
}

# pb_hand_in WHO TRIES: what scripts wrote, before anybody hears that they ended: who waits for that may not listen afterwards. A server that
# is away hears neither, so start scripts wait for it; one that is there and takes no logs is told all the same, and gets them later.
pb_hand_in() {
  pb_tries=0 pb_most=9
  while pb_push "$1" "$pb_run/log-$pb_gen" "$pb_gen"; pb_x=$?; [ "$pb_x" != 0 ] && kill -0 "$pb_main" 2>/dev/null; do
    # From now on as many as the server takes from one agent for long, and from here alone.
    pb_most=2
    : >"$pb_run/done-$pb_gen"
    if [ "$pb_x" = 2 ]; then
      pb_tries=$((pb_tries + 1))
    elif : >"$pb_run/$1.in" && pb_tell "$1"; then
      pb_tries=$((pb_tries + 4))
    elif [ "$1" = last ]; then
      break
    else
      pb_back_off
      continue
    fi
    [ "$pb_tries" -lt "$2" ] || break
    # The last ones are sent after TERM too.
    if [ "$1" = last ]; then sleep 1; else pb_sleep 1; fi
  done
  pb_most=3
}

pb_helper_term() {
  pb_drop_children
  exit 0
}

# Sends while the scripts run, and what is left after them; what fails then is sent by the main loop when the server is back.
pb_upload() {
  trap pb_helper_term TERM INT
  pb_termed=
  if [ -n "$1" ]; then
    while pb_push up "$pb_run/log-$1" "$1"; [ $? = 2 ] && kill -0 "$pb_main" 2>/dev/null; do pb_sleep 1; done
    rm -rf "$pb_run/log-$1"
  fi
  while kill -0 "$pb_main" 2>/dev/null; do
    pb_last=
    [ ! -f "$pb_run/done-$pb_gen" ] || pb_last=1
    pb_push up "$pb_run/log-$pb_gen" "$pb_gen"
    case $? in
    2) ;;
    *) [ -z "$pb_last" ] || exit 0 ;;
    esac
    pb_sleep 1
  done
}

# --- metadata -------------------------------------------------------------------------------------------------------------------

pb_meta_term() {
  trap '' TERM INT
  [ -z "$pb_child" ] || pb_kill KILL "$pb_child"
  : >"$pb_run/meta.on"
  kill $pb_limiter 2>/dev/null
  pb_drop_children
  exit 0
}

# pb_measure ID LIMIT: adds one line to run/meta.in.
pb_measure() {
  (
    pb_inside
    pb_exec "$pb_run/gen/$1.meta"
  ) </dev/null >"$pb_run/meta.value" 2>&1 &
  pb_child=$!
  echo on >"$pb_run/meta.on"
  (
    trap 'kill -9 $! 2>/dev/null; exit' TERM
    [ -s "$pb_run/meta.on" ] || exit
    sleep "$2" &
    wait $!
    : >"$pb_run/meta.late"
    pb_kill KILL "$pb_child"
  ) </dev/null >/dev/null 2>&1 &
  pb_limiter=$!
  wait "$pb_child" 2>/dev/null
  pb_code=$?
  pb_child=
  : >"$pb_run/meta.on"
  kill "$pb_limiter" 2>/dev/null
  wait "$pb_limiter" 2>/dev/null
  pb_limiter=
  if [ -f "$pb_run/meta.late" ]; then
    pb_code=timeout
    rm -f "$pb_run/meta.late"
  fi
  pb_value=$(head -c 2048 "$pb_run/meta.value" | LC_ALL=C tr '\000\r\n\t' '    ')
  printf '%s %s %s\n' "$1" "$pb_code" "$pb_value" >>"$pb_run/meta.in"
}

# pb_measure_all fast|slow: one loop for all items, one request for all values that are due.
pb_measure_all() {
  pb_child='' pb_limiter='' pb_termed=''
  trap pb_meta_term TERM INT
  while kill -0 "$pb_main" 2>/dev/null; do
    : >"$pb_run/meta.in"
    pb_clock
    pb_at=$pb_now pb_next=$((pb_now + 600)) pb_n=0 pb_any=
    while read -r pb_id pb_every pb_limit; do
      pb_n=$((pb_n + 1))
      eval "pb_due=\${pb_due_$pb_n-0}"
      [ "$pb_due" != never ] || continue
      if [ "$pb_due" -le "$pb_at" ]; then
        [ "$pb_limit" -gt 0 ] || pb_limit=$pb_every
        [ "$pb_limit" -gt 0 ] || pb_limit=30
        pb_measure "$pb_id" "$pb_limit"
        pb_any=1
        pb_due=$((pb_at + pb_every))
        [ "$1" = fast ] || pb_due=$((pb_at + 600))
        [ "$pb_every" != 0 ] || pb_due=never
        eval "pb_due_$pb_n=\$pb_due"
      fi
      [ "$pb_due" = never ] || [ "$pb_due" -ge "$pb_next" ] || pb_next=$pb_due
    done <"$pb_run/gen/metas"
    [ -z "$pb_any" ] || pb_fetch meta "agent/v1/meta?proc=$pb_proc&gen=$pb_gen" 20
    pb_clock
    pb_x=$((pb_next - pb_now))
    [ "$pb_x" -gt 0 ] || pb_x=1
    pb_sleep "$pb_x"
  done
}

# pb_set_meta off|slow|fast
pb_set_meta() {
  [ "$1" != "$pb_mode" ] || return
  pb_end_helper "$pb_meta"
  pb_meta='' pb_mode=$1
  [ "$1" != off ] && [ -s "$pb_run/gen/metas" ] || return
  pb_measure_all "$1" &
  pb_meta=$!
}

# --- manifest -------------------------------------------------------------------------------------------------------------------

pb_safe_id() { case $1 in '' | *[!a-z0-9-]*) return 1 ;; esac; }

# m_script ID start|stop|both LIMIT TEXT [LOG PATH]
m_script() {
  pb_safe_id "$1" && pb_is_number "$3" || return
  echo "$1 $2 $3" >>"$pb_new/list"
  printf '%s' "$4" >"$pb_new/$1.sh"
  [ -z "${5-}" ] || printf '%s' "$5" >"$pb_new/$1.path"
}
# m_large ID start|stop|both LIMIT [LOG PATH]: its text has a request of its own.
m_large() {
  m_script "$1" "$2" "$3" '' "${4-}"
  pb_safe_id "$1" && echo "$1" >>"$pb_new/large"
}
# m_meta ID EVERY LIMIT TEXT
m_meta() {
  pb_safe_id "$1" && pb_is_number "$2" && pb_is_number "$3" || return
  echo "$1 $2 $3" >>"$pb_new/metas"
  printf '%s' "$4" >"$pb_new/$1.meta"
}
m_warn() { pb_say "$1"; }
m_env() { :; }
m_dir=

pb_fetch_large() {
  while read -r pb_id; do
    : >"$pb_run/main.in"
    pb_fetch main "agent/v1/script?proc=$pb_proc&id=$pb_id" 60 && pb_ended main '# m_end' || return 1
    sed '$d' "$pb_run/main.out" >"$pb_new/$pb_id.sh"
  done <"$pb_new/large"
}

# True with everything in run/new; 1 = failed, 2 = not yet (m_wait seconds).
pb_get_manifest() {
  : >"$pb_run/main.in"
  pb_fetch main "agent/v1/manifest?proc=$pb_proc" 60 || return 1
  pb_ended main m_end=1 && sh -n "$pb_run/main.out" 2>/dev/null || return 1
  pb_new=$pb_run/new
  rm -rf "$pb_new"
  mkdir "$pb_new"
  : >"$pb_new/list" >"$pb_new/metas" >"$pb_new/large"
  m_gen='' m_wait=''
  . "$pb_run/main.out"
  : >"$pb_run/main.out"
  pb_is_number "$m_wait" && return 2
  pb_is_number "$m_gen" || return 1
  pb_fetch_large
}

# The start scripts of a generation, once in this process. Scripts of an older one that still run are ended first.
pb_begin() {
  pb_end_helper "$pb_runner"
  pb_end_helper "$pb_uploader"
  pb_set_meta off
  rm -rf "$pb_run/gen"
  mv "$pb_new" "$pb_run/gen"
  [ "$m_gen" -gt "$pb_ran" ] || return
  pb_old=$pb_gen
  pb_gen=$m_gen pb_ran=$m_gen
  rm -rf "$pb_run/sync-$pb_old"
  rm -f "$pb_run"/pg/* "$pb_run"/done-*
  mkdir -p "$pb_run/sync-$pb_gen" "$pb_run/log-$pb_gen"
  : >"$pb_run/results"
  pb_read_state
  pb_seq=$((pb_seq + 1)) pb_life=starting pb_stopped=
  pb_write_state starting "$pb_seq"
  pb_start_scripts &
  pb_runner=$!
  [ -d "$pb_run/log-$pb_old" ] && [ "$pb_old" != "$pb_gen" ] || pb_old=
  pb_upload "$pb_old" &
  pb_uploader=$!
  : >"$pb_run/main.in"
  pb_tell main
}

# --- the end --------------------------------------------------------------------------------------------------------------------

# pb_shut_down LIMIT: stop scripts, logs, state. A TERM that comes meanwhile is obeyed afterwards.
pb_shut_down() {
  pb_set_meta off
  pb_end_helper "$pb_runner"
  pb_end_helper "$pb_uploader"
  pb_runner='' pb_uploader=''
  if [ "$pb_gen" -gt 0 ] && [ -z "$pb_superseded" ]; then
    rm -f "$pb_run"/pg/*
    pb_enter last shutting_down
    (pb_run_all stop "$1" && echo "$pb_outcome" >"$pb_run/outcome") &
    pb_x=$!
    while kill -0 "$pb_x" 2>/dev/null; do wait "$pb_x" 2>/dev/null; done
    pb_hand_in last 8
    pb_outcome=error
    { read -r pb_outcome <"$pb_run/outcome"; } 2>/dev/null
    case $pb_outcome in ok) pb_enter last off ;; *) pb_enter last "shutdown_$pb_outcome" ;; esac
  fi
  pb_stopped=1
}

pb_leave() {
  [ -n "$pb_stopped" ] || pb_shut_down 0
  rm -rf "$pb_run"
  rmdir "$CODER_SCRIPT_BIN_DIR" "$CODER_SCRIPT_DATA_DIR" 2>/dev/null
  case $pb_home in */.prebuilds-agent-*) rm -rf "$pb_home" ;; esac
  exit 0
}

# --- the main loop --------------------------------------------------------------------------------------------------------------

# After a failure: 1, 2, 4 ... 30 s, times 0.5 to 1.5; up to 5 min when the token has been refused ten times in a row.
pb_back_off() {
  pb_hold=0 pb_resync=1 pb_cap=30
  if [ "$pb_status" = 401 ]; then pb_denied=$((pb_denied + 1)); else pb_denied=0; fi
  [ "$pb_denied" -lt 10 ] || pb_cap=300
  pb_x=1 pb_n=0
  while [ "$pb_n" -lt "$pb_fails" ] && [ "$pb_x" -lt "$pb_cap" ]; do
    pb_x=$((pb_x * 2)) pb_n=$((pb_n + 1))
  done
  [ "$pb_x" -le "$pb_cap" ] || pb_x=$pb_cap
  pb_fails=$((pb_fails + 1))
  pb_random=80
  { read -r pb_random </proc/sys/kernel/random/uuid; } 2>/dev/null
  pb_random=$((0x${pb_random%"${pb_random#??}"}))
  pb_x=$((pb_x * (128 + pb_random) / 256))
  [ "$pb_x" -gt 0 ] || pb_x=1
  pb_sleep "$pb_x"
}

pb_poll() {
  pb_read_state
  pb_x=0
  { read -r pb_x <"$pb_run/acked"; } 2>/dev/null
  : >"$pb_run/main.in"
  [ "$pb_x" = "$pb_seq" ] || cat "$pb_run/results" >"$pb_run/main.in" 2>/dev/null
  pb_fetch main "agent/v1/poll?proc=$pb_proc&gen=$pb_gen&seq=$pb_seq&life=$pb_life$1" 40 && pb_ended main end || return 1
  pb_acked
  a_gen='' a_stop='' a_superseded='' a_meta='' a_wait=''
  while read -r pb_key pb_value; do
    case $pb_key in
    gen) pb_is_number "$pb_value" && a_gen=$pb_value ;;
    stop) pb_is_number "$pb_value" && a_stop=$pb_value ;;
    superseded) a_superseded=1 ;;
    meta) case $pb_value in fast | slow | off) a_meta=$pb_value ;; esac ;;
    wait) pb_is_number "$pb_value" && a_wait=$pb_value ;;
    esac
  done <"$pb_run/main.out"
}

# Another process has the token now: run nothing, tell nothing, ask now and then.
pb_yield() {
  if [ -z "$pb_superseded" ]; then
    pb_say "another agent uses the same token; this one waits"
    pb_end_helper "$pb_runner"
    pb_end_helper "$pb_uploader"
    pb_runner='' pb_uploader='' pb_superseded=1
    pb_set_meta off
    # Scripts that were cut short have not run.
    pb_read_state
    [ "$pb_life" != starting ] || pb_ran=0
  fi
  pb_sleep 30
}

pb_obey() {
  if [ -n "$a_superseded" ]; then
    pb_yield
    return
  fi
  if [ -n "$pb_superseded" ]; then
    pb_superseded='' pb_need=1 pb_changed=1
  fi
  if [ -n "$a_stop" ]; then
    if [ -z "$pb_stopped" ]; then
      pb_changed=1
      pb_shut_down "$a_stop"
    fi
  elif [ -n "$pb_stopped" ]; then
    # The machine was not taken away: begin anew, as a new process.
    pb_end_helper "$pb_uploader"
    exec sh "$0" </dev/null
  elif [ -n "$a_gen" ] && [ "$a_gen" -gt "$pb_ran" ]; then
    pb_need=1 pb_changed=1
  elif [ -n "$a_gen" ] && [ "$a_gen" -lt "$pb_ran" ] && [ "$pb_told" != "$a_gen" ]; then
    pb_told=$a_gen
    pb_say "the server knows generation $a_gen and this agent works on $pb_ran; nothing changes"
  fi
  if [ -n "$a_meta" ] && [ "$a_meta" != "$pb_mode" ] && [ -z "$pb_need$pb_stopped" ]; then
    pb_changed=1
    pb_set_meta "$a_meta"
  fi
  [ -z "$a_wait" ] || pb_sleep "$a_wait"
}

# Logs that nobody sends any more: those of daemons, and what a failure left.
pb_send_rest() {
  [ "$pb_gen" -gt 0 ] && [ -z "$pb_superseded$pb_stopped" ] || return 0
  [ -z "$pb_uploader" ] || return 0
  pb_push main "$pb_run/log-$pb_gen" "$pb_gen" "$1"
}

pb_turn() {
  pb_changed=
  pb_forget_ended
  if [ -n "$pb_need" ]; then
    pb_get_manifest
    case $? in
    0)
      pb_need=
      pb_fails=0 pb_denied=0 pb_hold=0
      pb_begin
      ;;
    2)
      pb_fails=0 pb_denied=0
      pb_sleep "$m_wait"
      ;;
    *) pb_back_off ;;
    esac
    return
  fi
  pb_query='&hold=0'
  [ "$pb_hold" = 0 ] || pb_query=
  pb_clock
  pb_asked=$pb_now
  if ! pb_poll "$pb_query"; then
    pb_back_off
    return
  fi
  pb_fails=0 pb_denied=0 pb_hold=1
  pb_obey
  [ -z "$pb_need$pb_termed" ] || return
  pb_send_rest "$pb_resync"
  case $? in
  0) pb_resync= ;;
  2)
    pb_resync='' pb_hold=0
    pb_sleep 1
    ;;
  esac
  pb_clock
  # An answer at once that changes nothing must not make a busy loop.
  [ -n "$pb_changed$pb_query" ] || [ $((pb_now - pb_asked)) -gt 0 ] || pb_sleep 1
}

pb_write_shim() {
  cat >"$pb_shim/coder" <<'PB_SHIM'
@SHIM@
PB_SHIM
  chmod 755 "$pb_shim/coder"
}

pb_uuid
pb_pick_client
pb_passwd
pb_find_token
pb_setsid=$(command -v setsid)
pb_folders
pb_need=1
while [ -z "$pb_termed" ]; do pb_turn; done
pb_leave
# end of agent
