#!/bin/sh
# The part of the coder command that scripts of templates use inside a workspace. Answers without the network.
no() {
  echo "coder $*: not served by prebuilds" >&2
  exit 1
}

# tenths NUMERATOR DENOMINATOR: rounded to one decimal
tenths() {
  t=$((($1 * 10 + $2 / 2) / $2))
  echo "$((t / 10)).$((t % 10))"
}

percent() { echo $((($1 * 100 + $2 / 2) / $2)); }

read_file() { { read -r line rest <"$1"; } 2>/dev/null && [ -n "$line" ]; }

# Time used in microseconds, and cores in tenths.
cpu_host() {
  cores=0
  while read -r name user nice system idle iowait irq softirq steal rest; do
    case $name in
    cpu) used=$(((user + nice + system + irq + softirq + ${steal:-0}) * 10000)) ;;
    cpu*) cores=$((cores + 10)) ;;
    esac
  done </proc/stat
  [ "$cores" -gt 0 ] || cores=10
}

cpu_cgroup() {
  group=/sys/fs/cgroup
  [ -r $group/cpu.max ] && [ -r $group/cpu.stat ] || return 1
  cpu_host
  read -r quota period <$group/cpu.max
  [ "$quota" = max ] || cores=$((quota * 10 / period))
  while read -r name value; do
    [ "$name" != usage_usec ] || used=$value
  done <$group/cpu.stat
}

stat_cpu() {
  if [ -n "$host" ] || ! cpu_cgroup; then cpu_host; fi
  read -r up rest </proc/uptime
  up=$((${up%.*} * 100 + 1${up#*.} - 100))
  last="${0%/*}/.cpu$host"
  before=0 at=0
  { read -r at before <"$last"; } 2>/dev/null
  [ "$at" -lt "$up" ] && [ "$before" -le "$used" ] || at=0 before=0
  { echo "$up $used" >"$last"; } 2>/dev/null
  # Microseconds of all cores in the time between the two looks.
  span=$(((up - at) * 10000))
  total=$((span * cores / 10))
  [ "$total" -gt 0 ] || total=1
  of=$((cores / 10))
  [ $((cores % 10)) = 0 ] || of=$of.$((cores % 10))
  echo "$(tenths $((used - before)) "$span")/$of cores ($(percent $((used - before)) "$total")%)"
}

gib() { tenths "$1" 1048576; }

stat_mem() {
  while read -r name value rest; do
    case $name in MemTotal:) total=$value ;; MemAvailable:) free=$value ;; esac
  done </proc/meminfo
  used=$((total - ${free:-0}))
  group=/sys/fs/cgroup
  if [ -z "$host" ] && read_file $group/memory.current; then
    used=$((line / 1024))
    while read -r name value; do
      [ "$name" != inactive_file ] || [ $((value / 1024)) -gt "$used" ] || used=$((used - value / 1024))
    done 2>/dev/null <$group/memory.stat
    if read_file $group/memory.max && [ "$line" != max ]; then total=$((line / 1024)); fi
  fi
  echo "$(gib "$used")/$(gib "$total") GiB ($(percent "$used" "$total")%)"
}

stat_disk() {
  line=$(df -Pk "$path" 2>/dev/null | tail -n 1)
  set -- $line
  case ${2:-x}${3:-x} in *[!0-9]*) no "stat disk --path $path" ;; esac
  [ "$2" -gt 0 ] || set -- x 1 0
  echo "$(gib "$3")/$(gib "$2") GiB ($(percent "$3" "$2")%)"
}

stat_of() {
  what=$1 host='' path=/
  shift
  while [ $# -gt 0 ]; do
    case $1 in
    --host) host=.host ;;
    --path) path=$2 && shift ;;
    --path=*) path=${1#*=} ;;
    *) no "stat $what $1" ;;
    esac
    shift
  done
  case $what in cpu | mem | disk) "stat_$what" ;; *) no "stat $what" ;; esac
}

sync_name() {
  case $1 in
  '' | .* | *[!A-Za-z0-9._-]*)
    echo "coder exp sync: \"$1\" is no name of a unit" >&2
    exit 1
    ;;
  esac
}

sync_of() {
  dir=${PREBUILDS_SYNC_DIR-}
  [ -d "$dir" ] || no "exp sync outside a script of the workspace"
  what=$1 unit=$2
  sync_name "$unit"
  case $what in
  want)
    shift 2
    for wanted; do
      sync_name "$wanted"
      echo "$wanted" >>"$dir/$unit.wants"
    done
    ;;
  complete) : >"$dir/$unit.complete" ;;
  start)
    left=300
    case ${3-} in
    --timeout=*) left=${3#*=} ;;
    --timeout) left=${4-} ;;
    esac
    case $left in *m) left=$((${left%m} * 60)) ;; *s) left=${left%s} ;; esac
    : >>"$dir/$unit.wants"
    while read -r wanted; do
      while [ ! -f "$dir/$wanted.complete" ]; do
        if [ "$left" -le 0 ]; then
          echo "coder exp sync: $unit waited in vain for $wanted" >&2
          exit 1
        fi
        left=$((left - 1))
        sleep 1
      done
    done <"$dir/$unit.wants"
    ;;
  *) no "exp sync $what" ;;
  esac
}

case "${1-} ${2-}" in
'stat '?*)
  shift
  stat_of "$@"
  ;;
'exp sync')
  shift 2
  sync_of "$@"
  ;;
*) no "$@" ;;
esac
