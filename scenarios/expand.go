package scenarios

import "reflect"

// Expand returns a scenario and its variants, each as a row of its own: variants are named area/name@variant. No two
// rows share a slice, a map or a pointer, with each other or with the table.
func Expand(s Scenario) []Scenario {
	variants := s.Variants
	s.Variants = nil
	rows := []Scenario{clone(s)}
	for _, v := range variants {
		row := clone(s)
		row.ID += "@" + v.Name
		v.With(&row)
		rows = append(rows, clone(row)) // what the variant put in may belong to several rows
	}
	return rows
}

// clone copies plain data all the way down. Nil stays nil and empty stays empty, because a row can mean either.
func clone(s Scenario) Scenario {
	return deep(reflect.ValueOf(s)).Interface().(Scenario)
}

func deep(v reflect.Value) reflect.Value {
	to := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			to.Field(i).Set(deep(v.Field(i)))
		}
	case reflect.Slice:
		if !v.IsNil() {
			to.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				to.Index(i).Set(deep(v.Index(i)))
			}
		}
	case reflect.Map:
		if !v.IsNil() {
			to.Set(reflect.MakeMap(v.Type()))
			for key, value := range v.Seq2() {
				to.SetMapIndex(key, deep(value))
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			to.Set(reflect.New(v.Type().Elem()))
			to.Elem().Set(deep(v.Elem()))
		}
	default:
		to.Set(v)
	}
	return to
}
